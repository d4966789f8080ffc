import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRig } from "../../sandbox/rig.ts";
import { edited, libgit2 } from "../libgit2.ts";
import { type Measure, Skipped } from "../measure.ts";
import { requireProgram } from "../processes.ts";
import { buildIn, restoredIn } from "../sandbox-build.ts";

const file = "pkgs/build-support/checkpoint-build.nix";

/** Compares with nixpkgs' own tool for incremental builds, which uses the programs of the host. */
export const editCheckpoint: Measure = {
  name: "edit-checkpoint",
  what: "postInstall of libgit2 edited, built again",
  against: "nixpkgs' checkpointBuildTools",
  unit: "s",
  target: { ratio: 0.1 },
  pairs: 5,
  warmUp: false,
  open: async () => {
    const nixpkgs = process.env.PHASECACHE_NIXPKGS;
    if (nixpkgs === undefined) throw new Skipped("PHASECACHE_NIXPKGS names no checkout of nixpkgs");
    if (!existsSync(join(nixpkgs, file))) throw new Skipped(`${nixpkgs} has no ${file}`);
    requireProgram("rsync");
    const rig = await createRig({ nixpkgs });
    const tools = `(pkgs.callPackage (pkgs.path + "/${file}") { buildPackages = { mktemp = "/usr"; rsync = "/usr"; }; })`;
    const plain = await libgit2({ hook: false });
    let edits = 0;
    const theirs = async (edit: number) => {
      const changed = await libgit2({ hook: false, attributes: edited(edit) });
      return `with ${tools}; mkCheckpointBuild (${changed}) (prepareCheckpointBuild (${plain}))`;
    };
    await buildIn(rig, await libgit2({ hook: true, attributes: edited(0) }));
    // This also builds the checkpoint.
    await buildIn(rig, await theirs(0));
    return {
      ours: async () => restoredIn(rig, await libgit2({ hook: true, attributes: edited(++edits) })),
      theirs: async () => (await buildIn(rig, await theirs(edits))).seconds,
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  },
};
