import { createRig } from "../../sandbox/rig.ts";
import { makeEmpty } from "../folders.ts";
import { edited, libgit2 } from "../libgit2.ts";
import type { Measure } from "../measure.ts";
import { need } from "../processes.ts";
import { buildIn } from "../sandbox-build.ts";

/** What the hook costs where there is nothing to gain yet: all phases run, and all are saved. */
export const firstBuild: Measure = {
  name: "first-build",
  what: "first build of libgit2, all phases saved to an empty store",
  against: "the build without the hook",
  unit: "s",
  target: { ratio: 1.03 },
  // A build takes much longer than what is looked for in it, and differs by as much from run to run.
  pairs: 9,
  warmUp: false,
  open: async () => {
    need("cmake");
    need("ninja");
    const rig = await createRig();
    let edits = 0;
    // Nix builds the stdenv and the hook before the first pair.
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
