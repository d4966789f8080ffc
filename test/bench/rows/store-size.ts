import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRig, nixString } from "../../sandbox/rig.ts";
import { bytesBelow } from "../folders.ts";
import { libgit2 } from "../libgit2.ts";
import type { Measure } from "../measure.ts";
import { requireProgram } from "../processes.ts";
import { buildIn } from "../sandbox-build.ts";

const measureArchive = `tar -C "$NIX_BUILD_TOP" -c . | zstd -1 -q | wc -c > $out/archive-size`;

/** The size in bytes of all files that a build adds to the store. */
export const storeSize: Measure = {
  name: "store-size",
  what: "all phases' snapshots of libgit2",
  against: "tar | zstd -1 of its final build directory",
  unit: "B",
  target: { ratio: 1.25 },
  pairs: 1,
  warmUp: false,
  open: async () => {
    for (const program of ["cmake", "ninja", "zstd"]) requireProgram(program);
    const rig = await createRig();
    const source = await libgit2({ hook: true, attributes: { postFixup: nixString(measureArchive) } });
    const { outPaths } = await buildIn(rig, source);
    return {
      ours: async () => bytesBelow(join(rig.cache, "v1")),
      theirs: async () => Number(readFileSync(join(outPaths.out!, "archive-size"), "utf8")),
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  },
};
