import type { BuildOptions, BuildResult, Rig, Source } from "../sandbox/rig.ts";

/** Builds in the sandbox. @throws Error with the end of the log when the build fails */
export async function buildIn(rig: Rig, source: Source, options?: BuildOptions): Promise<BuildResult> {
  const result = await rig.build(source, options);
  if (!result.ok) throw new Error(`the build failed:\n${result.log.slice(-2000)}`);
  return result;
}

/** Returns the seconds of a build that is restored through `buildPhase`. @throws Error when it is not restored */
export async function restoredIn(rig: Rig, source: Source): Promise<number> {
  const { seconds, messages } = await buildIn(rig, source);
  if (messages.some((line) => /^restored \S+ through buildPhase/.test(line))) return seconds;
  throw new Error(`the build was not restored through buildPhase: ${messages.join("; ")}`);
}
