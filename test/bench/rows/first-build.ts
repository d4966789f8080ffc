import { createRig } from "../../sandbox/rig.ts";
import { makeEmpty } from "../folders.ts";
import { edited, libgit2 } from "../libgit2.ts";
import type { Measure } from "../measure.ts";
import { requireProgram } from "../processes.ts";
import { buildIn } from "../sandbox-build.ts";

/** The overhead of the hook in a build that restores nothing: all phases run and are saved. */
export const firstBuild: Measure = {
  name: "first-build",
  what: "first build of libgit2, all phases saved to an empty store",
  against: "the build without the hook",
  unit: "s",
  target: { ratio: 1.03 },
  // The overhead is small compared to the build, whose own time varies by as much from run to run.
  pairs: 9,
  warmUp: false,
  open: async () => {
    requireProgram("cmake");
    requireProgram("ninja");
    const rig = await createRig();
    let edits = 0;
    // Has Nix build the stdenv and the hook before the first pair.
    await buildIn(
      rig,
      `pkgs.stdenv.mkDerivation { name = "warm"; dontUnpack = true; dontConfigure = true; dontBuild = true; installPhase = "mkdir $out"; nativeBuildInputs = [ pkgs.cmake pkgs.ninja pkgs.phaseCacheHook ]; }`,
    );
    return {
      ours: async () => {
        makeEmpty(rig.cache);
        return (await buildIn(rig, await libgit2({ hook: true, attributes: edited(++edits) }))).seconds;
      },
      theirs: async () =>
        (await buildIn(rig, await libgit2({ hook: false, attributes: edited(edits) }))).seconds,
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  },
};
