import type { BuildOptions, BuildResult, Rig, Source } from "../sandbox/rig.ts";

/** Builds in the sandbox. Returns seconds, and what was said. @throws Error with the log's end when it fails */
export async function buildIn(rig: Rig, source: Source, options?: BuildOptions): Promise<BuildResult> {
  const result = await rig.build(source, options);
  if (!result.ok) throw new Error(`the build failed:\n${result.log.slice(-2000)}`);
  return result;
}

/** Seconds of a build that is restored through `buildPhase`. @throws Error when it is not */
export async function restoredIn(rig: Rig, source: Source): Promise<number> {
  const { seconds, messages } = await buildIn(rig, source);
  if (messages.some((line) => /^restored \S+ through buildPhase/.test(line))) return seconds;
  throw new Error(`it was not restored through buildPhase: ${messages.join("; ")}`);
}
