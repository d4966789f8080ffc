import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { countEvent, readStats, resetStats } from "../../runtime/store/stats.ts";
import { day, makeFolder, makeStore } from "./example.ts";
import { makeProgram, startProgram } from "./process.ts";

const noon = Date.parse("2026-03-01T12:00:00Z");
const none = { count: 0, milliseconds: 0, bytes: 0, reasons: new Map() };

it("sums up events by kind and reason", () => {
  const store = makeStore();
  countEvent(store, { kind: "hit", package: "hello", milliseconds: 1500, bytes: 10 }, noon);
  countEvent(store, { kind: "hit", milliseconds: 500 }, noon + day);
  countEvent(store, { kind: "miss", reason: "configureFlags" }, noon);
  countEvent(store, { kind: "miss", reason: "configureFlags" }, noon);
  countEvent(store, { kind: "miss", reason: "src" }, noon);
  countEvent(store, { kind: "save", bytes: 7, milliseconds: 3 }, noon);
  expect(readStats(store)).toEqual({
    first: noon,
    sums: {
      hit: { ...none, count: 2, milliseconds: 2000, bytes: 10 },
      miss: {
        ...none,
        count: 3,
        reasons: new Map([
          ["configureFlags", 2],
          ["src", 1],
        ]),
      },
      save: { ...none, count: 1, milliseconds: 3, bytes: 7 },
    },
  });
});

it("sums up events since a time", () => {
  const store = makeStore();
  for (const offset of [-day, -1, 0, 1, day]) countEvent(store, { kind: "hit" }, noon + offset);
  expect(readStats(store, { since: noon }).sums.hit.count).toBe(3);
  expect(readStats(store, { since: noon }).first).toBe(noon);
  expect(readStats(store, { since: noon + 2 * day })).toMatchObject({ first: null, sums: { hit: none } });
});

it("limits lines to the size up to which appending is atomic", () => {
  const store = makeStore();
  countEvent(store, { kind: "miss", reason: "\u0001".repeat(100_000) }, noon);
  const text = readFileSync(join(store.base, "stats/events/2026-03-01.jsonl"));
  expect(text.length).toBeLessThan(4096);
  expect(readStats(store).sums.miss.count).toBe(1);
});

it("ignores invalid lines", () => {
  const store = makeStore();
  const file = join(store.base, "stats/events/2026-03-01.jsonl");
  countEvent(store, { kind: "hit" }, noon);
  appendFileSync(
    file,
    'nonsense\n\n[]\nnull\n1\n{"time":1}\n{"time":"1","kind":"hit"}\n{"time":1,"kind":"other"}\n',
  );
  appendFileSync(
    file,
    `{"time":${noon},"kind":"hit","milliseconds":"many","bytes":{},"reason":[]}\n{"time":`,
  );
  expect(readStats(store).sums.hit).toEqual({ ...none, count: 2 });
});

it("reads only regular files that are named after a day", () => {
  const store = makeStore();
  const folder = join(store.base, "stats/events");
  const outside = join(makeFolder(), "events");
  writeFileSync(outside, `{"time":${noon},"kind":"hit"}\n`);
  symlinkSync(outside, join(folder, "2026-03-02.jsonl"));
  mkdirSync(join(folder, "2026-03-03.jsonl"));
  writeFileSync(join(folder, "notes"), `{"time":${noon},"kind":"hit"}\n`);
  expect(readStats(store).sums.hit.count).toBe(0);
});

it("removes all events on reset", () => {
  const store = makeStore();
  countEvent(store, { kind: "hit" }, noon);
  countEvent(store, { kind: "hit" }, noon + day);
  resetStats(store);
  expect(readStats(store).first).toBeNull();
  expect(readdirSync(join(store.base, "stats/events"))).toEqual([]);
});

it("does not fail when an event can't be written", () => {
  const store = makeStore();
  rmSync(join(store.base, "stats"), { recursive: true });
  countEvent(store, { kind: "hit" });
  expect(readStats(store).first).toBeNull();
  resetStats(store);
});

it("loses no events of concurrent processes", async () => {
  const store = makeStore();
  const program = makeProgram(`
    import { openStore } from "#store/open";
    import { countEvent } from "#store/stats";
    const store = openStore(process.argv[2], { write: true });
    for (let i = 0; i < 500; i++) countEvent(store, { kind: "miss", reason: "x".repeat(i % 200) });`);
  const ended = await Promise.all([1, 2, 3].map(() => startProgram(program, [store.root])));
  expect(ended.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(readStats(store).sums.miss.count).toBe(1500);
});
