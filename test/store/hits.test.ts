import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readHits, recordHit } from "../../runtime/store/hits.ts";
import { openStore } from "../../runtime/store/open.ts";
import { makeFolder, makeStore } from "./example.ts";
import { isRoot, makeProgram, runProgram } from "./process.ts";

const id = "0123456789ab";

it("counts hits, and records the time of the last one", () => {
  const store = makeStore();
  expect(readHits(store)).toEqual(new Map());
  recordHit(store, id);
  const file = join(store.base, "stats/hits", id);
  utimesSync(file, 1000, 1000);
  expect(readHits(store)).toEqual(new Map([[id, { hits: 1, lastUsed: 1_000_000 }]]));
  recordHit(store, id);
  const uses = readHits(store).get(id)!;
  expect(uses.hits).toBe(2);
  expect(uses.lastUsed).toBeGreaterThan(1_000_000);
});

it("ignores other files", () => {
  const store = makeStore();
  const folder = join(store.base, "stats/hits");
  writeFileSync(join(folder, "README"), "");
  mkdirSync(join(folder, id));
  expect(readHits(store)).toEqual(new Map());
});

it("does not fail when a hit can't be recorded", () => {
  const store = makeStore();
  const outside = join(makeFolder(), "file");
  symlinkSync(outside, join(store.base, "stats/hits", id));
  recordHit(store, id);
  rmSync(join(store.base, "stats"), { recursive: true });
  recordHit(store, id);
  expect(readdirSync(join(outside, ".."))).toEqual([]);
});

it.runIf(isRoot)("counts the hits of several users of the group in one file", () => {
  const program = makeProgram(`
    import { openStore } from "#store/open";
    import { recordHit } from "#store/hits";
    recordHit(openStore(process.argv[2], { write: true }), "${id}");`);
  const root = makeFolder();
  chownSync(root, 0, 12345);
  chmodSync(root, 0o2770);
  for (const user of [12346, 12347, 12348]) runProgram(program, [root], user, 12345);
  expect(readHits(openStore(root, { write: false })).get(id)?.hits).toBe(3);
});
