import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { readInitial } from "../../runtime/snapshot/initial-state.ts";
import { openStore } from "../../runtime/store/open.ts";
import { readSnapshot } from "../../runtime/store/snapshots.ts";
import { PhaseCacheError } from "../../runtime/util/error.ts";
import { plainCall } from "./harness/calls.ts";
import { damages, flipped, makeSample, quarantined } from "./harness/damage.ts";
import { type CallResult, Harness } from "./harness/harness.ts";
import { beginPlan, type Level } from "./harness/levels.ts";
import { phases } from "./harness/phases.ts";
import { restoredIn, stateIn } from "./harness/script.ts";
import type { StoreFile } from "./harness/store-files.ts";

/** The number of positions in blobs at which a bit is flipped, one at a time. */
const positions = process.env.PHASECACHE_NIGHTLY ? Number.POSITIVE_INFINITY : 525;

/** The plan restores as much as the intact files allow, reports the reason, and quarantines the damaged file. */
function expectIntactPart(
  harness: Harness,
  { script, messages }: CallResult,
  file: StoreFile,
  levels: Level[],
  how: string,
) {
  const where = `${file.kind} ${basename(file.path)}, ${how}: ${messages}`;
  expect(restoredIn(script), where).toBe(file.level);
  const { contents, state } = levels[file.level]!;
  expect(harness.contents(), where).toEqual(contents);
  if (file.level > 0) expect(stateIn(script), where).toBe(state);
  if (file.level === phases.length) return;
  expect(messages, where).toMatch(
    /snapshot [0-9a-f]{12} of \w+ is not used: .*(damaged|digest|bytes|regular|is of)/,
  );
  expect(
    quarantined(harness).filter((name) => name.startsWith(basename(file.path))),
    where,
  ).toHaveLength(1);
}

async function expectHealthy(harness: Harness, levels: Level[], where: string) {
  await harness.build(1);
  expect(
    harness.problems().filter((problem) => !/^(missing-blob|damaged-record)/.test(problem)),
    where,
  ).toEqual([]);
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(restoredIn(script), `${where}: ${messages}`).toBe(phases.length);
  expect(harness.contents(), where).toEqual(levels.at(-1)!.contents);
}

describe("damage in a store", () => {
  it("a flipped bit in any byte of a record: the record is rejected and quarantined", async () => {
    using harness = new Harness();
    const { files, repair } = await makeSample(harness);
    const store = openStore(harness.store, { write: true });
    let count = 0;
    for (const file of files.filter(({ kind }) => kind === "record")) {
      const [key = "", id = ""] = basename(file.path).split(".");
      const ref = { package: "demo", key, id };
      for (let at = 0; at < file.bytes.length; at++) {
        writeFileSync(file.path, flipped(file.bytes, at));
        const read = () => readSnapshot(store, ref);
        expect(read, `byte ${at}`).toThrow(/^the record of snapshot [0-9a-f]{12} is damaged: /);
        expect(quarantined(harness), `byte ${at}`).toHaveLength(1);
        repair(file);
        count++;
      }
    }
    console.log(`records: ${count} bytes flipped`);
  });

  it("a flipped bit in a blob: the build restores the intact part", async () => {
    using harness = new Harness();
    const { levels, files, repair, resetStore } = await makeSample(harness);
    const blobs = files.filter(({ kind }) => kind !== "record");
    const total = blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const step = Math.max(1, Math.floor(total / positions));
    let count = 0;
    for (const file of blobs) {
      for (let at = count % step; at < file.bytes.length; at += step) {
        writeFileSync(file.path, flipped(file.bytes, at));
        beginPlan(harness);
        expectIntactPart(harness, await harness.plan(), file, levels, `byte ${at}`);
        if (count++ % 200 === 0 && file.level < phases.length) {
          await expectHealthy(harness, levels, `byte ${at}`);
          resetStore();
        }
        repair(file);
      }
    }
    console.log(`blobs: ${count} of ${total} bytes flipped`);
    expect(count).toBeGreaterThanOrEqual(Math.min(500, total));
  });

  it("a truncated, extended or swapped file, or a directory in its place: the build restores the intact part", async () => {
    using harness = new Harness();
    const { levels, files, resetStore } = await makeSample(harness);
    let count = 0;
    for (const file of files) {
      for (const [how, damage] of damages(file, files)) {
        damage();
        beginPlan(harness);
        expectIntactPart(harness, await harness.plan(), file, levels, how);
        await expectHealthy(harness, levels, how);
        resetStore();
        count++;
      }
    }
    console.log(`truncated, extended, swapped, replaced: ${count} cases`);
  });

  it("the bundle behaves in the same way", async () => {
    using harness = new Harness();
    const { levels, files, repair } = await makeSample(harness);
    for (const file of files) {
      writeFileSync(file.path, flipped(file.bytes, file.bytes.length >> 1));
      beginPlan(harness);
      const called = plainCall(harness, { command: "plan" });
      expect(called.status).toBe(0);
      expectIntactPart(harness, called, file, levels, "in the middle");
      repair(file);
    }
  });

  it("an initial state with a flipped bit in any byte is rejected and quarantined", async () => {
    using harness = new Harness();
    const { files, repair } = await makeSample(harness);
    const store = openStore(harness.store, { write: true });
    const initial = files.find(({ kind }) => kind === "initial")!;
    for (let at = 0; at < initial.bytes.length; at++) {
      writeFileSync(initial.path, flipped(initial.bytes, at));
      expect(() => readInitial(store, initial.header), `byte ${at}`).toThrow(PhaseCacheError);
      expect(quarantined(harness), `byte ${at}`).toHaveLength(1);
      repair(initial);
    }
    console.log(`initial state: ${initial.bytes.length} bytes flipped`);
  });
});
