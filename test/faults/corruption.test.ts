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
import type { Thing } from "./harness/things.ts";

/** How many positions in blobs are flipped, one after the other. */
const positions = process.env.PHASECACHE_NIGHTLY ? Number.POSITIVE_INFINITY : 1_050;

/** What is left of the cache is used, the reason is named, and what is damaged is out of the way. */
function expectGood(
  harness: Harness,
  { script, said }: CallResult,
  thing: Thing,
  levels: Level[],
  how: string,
) {
  const where = `${thing.kind} ${basename(thing.path)}, ${how}: ${said}`;
  expect(restoredIn(script), where).toBe(thing.level);
  const { contents, state } = levels[thing.level]!;
  expect(harness.contents(), where).toEqual(contents);
  if (thing.level > 0) expect(stateIn(script), where).toBe(state);
  if (thing.level === phases.length) return;
  expect(said, where).toMatch(
    /snapshot [0-9a-f]{12} of \w+ is not used: .*(damaged|digest|bytes|regular|is of)/,
  );
  expect(
    quarantined(harness).filter((name) => name.startsWith(basename(thing.path))),
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
  const { script, said } = await harness.plan();
  expect(restoredIn(script), `${where}: ${said}`).toBe(phases.length);
  expect(harness.contents(), where).toEqual(levels.at(-1)!.contents);
}

describe("damage in a store", () => {
  it("every byte of every record flipped: never read, always in quarantine", async () => {
    using harness = new Harness();
    const { things, heal } = await makeSample(harness);
    const store = openStore(harness.store, { write: true });
    let count = 0;
    for (const thing of things.filter(({ kind }) => kind === "record")) {
      const [key = "", id = ""] = basename(thing.path).split(".");
      const ref = { package: "demo", key, id };
      for (let at = 0; at < thing.bytes.length; at++) {
        writeFileSync(thing.path, flipped(thing.bytes, at));
        const read = () => readSnapshot(store, ref);
        expect(read, `byte ${at}`).toThrow(/^the record of snapshot [0-9a-f]{12} is damaged: /);
        expect(quarantined(harness), `byte ${at}`).toHaveLength(1);
        heal(thing);
        count++;
      }
    }
    console.log(`records: ${count} bytes flipped`);
  });

  it("bytes of blobs flipped: the build restores what is sound", async () => {
    using harness = new Harness();
    const { levels, things, heal, renew } = await makeSample(harness);
    const blobs = things.filter(({ kind }) => kind !== "record");
    const total = blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const step = Math.max(1, Math.floor(total / positions));
    let count = 0;
    for (const thing of blobs) {
      for (let at = count % step; at < thing.bytes.length; at += step) {
        writeFileSync(thing.path, flipped(thing.bytes, at));
        beginPlan(harness);
        expectGood(harness, await harness.plan(), thing, levels, `byte ${at}`);
        if (count++ % 200 === 0 && thing.level < phases.length) {
          await expectHealthy(harness, levels, `byte ${at}`);
          renew();
        }
        heal(thing);
      }
    }
    console.log(`blobs: ${count} of ${total} bytes flipped`);
    expect(count).toBeGreaterThanOrEqual(Math.min(1_000, total));
  });

  it("cut off, emptied, swapped, replaced by a directory: the build restores what is sound", async () => {
    using harness = new Harness();
    const { levels, things, renew } = await makeSample(harness);
    let count = 0;
    for (const thing of things) {
      for (const [how, damage] of damages(thing, things)) {
        damage();
        beginPlan(harness);
        expectGood(harness, await harness.plan(), thing, levels, how);
        await expectHealthy(harness, levels, how);
        renew();
        count++;
      }
    }
    console.log(`cut off, emptied, swapped, replaced: ${count} cases`);
  });

  it("the bundle does the same", async () => {
    using harness = new Harness();
    const { levels, things, heal } = await makeSample(harness);
    for (const thing of things) {
      writeFileSync(thing.path, flipped(thing.bytes, thing.bytes.length >> 1));
      beginPlan(harness);
      const called = plainCall(harness, { command: "plan" });
      expect(called.status).toBe(0);
      expectGood(harness, called, thing, levels, "in the middle");
      heal(thing);
    }
  });

  it("an initial state with any byte flipped is refused, and goes to quarantine", async () => {
    using harness = new Harness();
    const { things, heal } = await makeSample(harness);
    const store = openStore(harness.store, { write: true });
    const initial = things.find(({ kind }) => kind === "initial")!;
    for (let at = 0; at < initial.bytes.length; at++) {
      writeFileSync(initial.path, flipped(initial.bytes, at));
      expect(() => readInitial(store, initial.header), `byte ${at}`).toThrow(PhaseCacheError);
      expect(quarantined(harness), `byte ${at}`).toHaveLength(1);
      heal(initial);
    }
    console.log(`initial state: ${initial.bytes.length} bytes flipped`);
  });
});
