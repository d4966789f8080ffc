import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { collect } from "../../../runtime/store/gc/collect.ts";
import { recordPath, type Store } from "../../../runtime/store/layout.ts";
import { blobsOf } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import { listSummaries } from "../../../runtime/store/records/summaries.ts";
import { addLayer, day, hour, keyOf, makeStore, save } from "../example.ts";
import { isRoot, makeProgram, runProgram } from "../process.ts";

const memoOf = (store: Store) => join(store.base, "stats/listing");

/** So many snapshots that listing them leaves a memo; each two share a layer. */
function makeMany(store = makeStore()) {
  let base = addLayer(store, "base");
  for (let i = 0; i <= 500; i++) {
    if (i % 2 === 0) base = addLayer(store, `base ${i}`);
    const layers = [base, addLayer(store, `top ${i}`, 10 + i)];
    const fields = {
      package: `p${i % 7}`,
      key: keyOf(String(i)),
      phase: `ä${i % 5}Phase`,
      failed: i === 500,
    };
    save(store, { ...fields, layers, created: Date.now() - hour + i });
  }
  return store;
}

/** A listing as the records themselves make it. */
function expected(store: Store) {
  return listHeaders(store).headers.map((header) => ({
    ...pick(header),
    sizes: blobsOf(header).map(({ size }) => size),
  }));
}

function pick({ id, key, package: name, phase, phaseIndex, created, failed, ...rest }: Header) {
  return { id, key, package: name, name: rest.name, phase, phaseIndex, created, failed };
}
type Header =
  | ReturnType<typeof listHeaders>["headers"][number]
  | ReturnType<typeof listSummaries>["summaries"][number];

function listed(store: Store) {
  const { summaries, sizes, problems } = listSummaries(store);
  expect(problems).toEqual([]);
  return summaries.map((one) => ({ ...pick(one), sizes: one.blobs.map((blob) => sizes[blob]) }));
}

it("lists the same with the memo of an earlier listing as without", () => {
  const store = makeMany();
  const truth = expected(store);
  expect(existsSync(memoOf(store))).toBe(false);
  expect(listed(store)).toEqual(truth);
  expect(existsSync(memoOf(store))).toBe(true);
  // Nothing but the memo knows what was in it.
  const last = listHeaders(store).headers.at(-1)!;
  writeFileSync(recordPath(store, last), "nonsense");
  expect(listed(store)).toEqual(truth);
});

it("lists what has come since, and not what has gone", () => {
  const store = makeMany();
  listed(store);
  const [gone, , sharing] = listHeaders(store).headers;
  rmSync(recordPath(store, gone!));
  save(store, { package: "new", layers: [sharing!.layers[0]!, addLayer(store, "new")] });
  const [now, { summaries }] = [listed(store), listSummaries(store)];
  expect(now).toEqual(expected(store));
  const [old, added] = [summaries.find(({ id }) => id === sharing!.id)!, summaries.at(-1)!];
  expect(added.blobs[0]).toBe(old.blobs[0]);
});

it("makes no memo of few", () => {
  const few = makeStore();
  save(few);
  listed(few);
  expect(existsSync(memoOf(few))).toBe(false);
});

it.skipIf(!isRoot)("makes none for a user who may only read (needs root)", () => {
  const store = makeMany();
  const program = makeProgram(`
    import { openStore } from "#store/open";
    import { listSummaries } from "#store/records/summaries";
    console.log(listSummaries(openStore(process.argv[2], { write: false })).summaries.length);`);
  spawnSync("chmod", ["-R", "a+rX", store.root]);
  expect(runProgram(program, [store.root], 65534)).toBe("501");
  expect(existsSync(memoOf(store))).toBe(false);
});

it("collecting leaves one of what stays", () => {
  const store = makeMany();
  const first = listHeaders(store).headers[1]!;
  collect(store, { now: Date.now() }, { dryRun: true });
  expect(existsSync(memoOf(store))).toBe(false);
  collect(store, { now: Date.now() }, { dryRun: false });
  expect(readFileSync(memoOf(store), "utf8")).toContain(first.id);
  expect(listed(store)).toEqual(expected(store));
  collect(store, { maxSize: 0, now: Date.now() + day }, { dryRun: false });
  expect(listed(store)).toEqual([]);
});

const damages: Record<string, (memo: Memo) => unknown> = {
  "no JSON": () => "{",
  "another format": (memo) => ({ ...memo, format: 2 }),
  "no map": () => [1],
  "more digests than sizes": (memo) => ({ ...memo, sizes: memo.sizes.slice(1) }),
  "a wrong size": (memo) => ({ ...memo, sizes: memo.sizes.with(3, -1) }),
  "a text that it has not": (memo) => ({ ...memo, rows: memo.rows.map((row) => row.with(3, 999)) }),
  "a blob that it has not": (memo) => ({ ...memo, rows: memo.rows.map((row) => [...row, 5000]) }),
  "a time that is none": (memo) => ({ ...memo, rows: memo.rows.map((row) => row.with(6, 1e17)) }),
  "rows that are none": (memo) => ({ ...memo, rows: [1, "x", null] }),
  "other packages": (memo) => ({
    ...memo,
    rows: memo.rows.map((row) => row.with(2, memo.rows.find((other) => other[2] !== row[2])![2])),
  }),
};

it("passes over a memo that is not what it should be", () => {
  const store = makeMany();
  const truth = expected(store);
  listed(store);
  const memo = JSON.parse(readFileSync(memoOf(store), "utf8")) as Memo;
  for (const [what, damage] of Object.entries(damages)) {
    const damaged = damage(memo);
    writeFileSync(memoOf(store), typeof damaged === "string" ? damaged : JSON.stringify(damaged));
    expect({ what, found: listed(store) }).toEqual({ what, found: truth });
  }
});

interface Memo {
  sizes: number[];
  rows: unknown[][];
}
