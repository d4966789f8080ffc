import { quickPackages } from "../survey/packages.ts";
import { upstreamTarball } from "../survey/sources.ts";
import { fetchSources } from "./sources.ts";

/** Runs once, before the files of the sandbox suite run beside each other: they then find the tarballs where they look. */
export default async function prepare(): Promise<void> {
  await fetchSources();
  // Their test says what is missing.
  for (const { source } of quickPackages) await upstreamTarball(source).catch(() => {});
}
