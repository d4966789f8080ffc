import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeEmpty } from "../folders.ts";
import { fillStore } from "../many-snapshots.ts";
import type { Measure } from "../measure.ts";
import { phasecache } from "../phasecache.ts";
import { run } from "../processes.ts";

const count = 10_000;

/** `phasecache ls` of a large store. */
export const listSnapshots: Measure = {
  name: "list-snapshots",
  what: "phasecache ls of 10,000 snapshots",
  against: "ls -l of 10,000 files",
  unit: "s",
  target: { ratio: 5, value: 0.3 },
  pairs: 11,
  warmUp: true,
  open: async ({ folder }) => {
    const [store, files] = [join(folder, "store"), join(folder, "files")];
    makeEmpty(store);
    mkdirSync(files);
    fillStore(store, count);
    for (let i = 0; i < count; i++) writeFileSync(join(files, `file-${i}`), "");
    return {
      ours: async () => run(phasecache("--store", store, "ls")).seconds,
      theirs: async () => run({ command: "ls", args: ["-l", files] }).seconds,
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
