import { quickPackages } from "../survey/packages.ts";
import { upstreamTarball } from "../survey/sources.ts";
import { fetchSources } from "./sources.ts";

/** Downloads the tarballs once, before the test files of the sandbox suite run in parallel. */
export default async function prepare(): Promise<void> {
  await fetchSources();
  // The test of these packages reports a missing tarball.
  for (const { source } of quickPackages) await upstreamTarball(source).catch(() => {});
}
