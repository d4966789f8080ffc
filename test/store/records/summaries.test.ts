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

const cachePath = (store: Store) => join(store.base, "stats/listing");

/** Saves enough snapshots for a listing to write the cache. Every two share a layer. */
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

/** Returns the listing from the records alone. */
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

it("lists the same with and without the cache of an earlier listing", () => {
  const store = makeMany();
  const truth = expected(store);
  expect(existsSync(cachePath(store))).toBe(false);
  expect(listed(store)).toEqual(truth);
  expect(existsSync(cachePath(store))).toBe(true);
  // Now only the cache has the contents of this record.
  const last = listHeaders(store).headers.at(-1)!;
  writeFileSync(recordPath(store, last), "nonsense");
  expect(listed(store)).toEqual(truth);
});

it("lists new records, and no removed ones", () => {
  const store = makeMany();
  listed(store);
  const [removed, , sharing] = listHeaders(store).headers;
  rmSync(recordPath(store, removed!));
  save(store, { package: "new", layers: [sharing!.layers[0]!, addLayer(store, "new")] });
  const [now, { summaries }] = [listed(store), listSummaries(store)];
  expect(now).toEqual(expected(store));
  const [old, added] = [summaries.find(({ id }) => id === sharing!.id)!, summaries.at(-1)!];
  expect(added.blobs[0]).toBe(old.blobs[0]);
});

it("writes no cache for few snapshots", () => {
  const few = makeStore();
  save(few);
  listed(few);
  expect(existsSync(cachePath(few))).toBe(false);
});

it.skipIf(!isRoot)("writes no cache as a user without write access (needs root)", () => {
  const store = makeMany();
  const program = makeProgram(`
    import { openStore } from "#store/open";
    import { listSummaries } from "#store/records/summaries";
    console.log(listSummaries(openStore(process.argv[2], { write: false })).summaries.length);`);
  spawnSync("chmod", ["-R", "a+rX", store.root]);
  expect(runProgram(program, [store.root], 65534)).toBe("501");
  expect(existsSync(cachePath(store))).toBe(false);
});

it("is written by garbage collection for the remaining snapshots", () => {
  const store = makeMany();
  const first = listHeaders(store).headers[1]!;
  collect(store, { now: Date.now() }, { dryRun: true });
  expect(existsSync(cachePath(store))).toBe(false);
  collect(store, { now: Date.now() }, { dryRun: false });
  expect(readFileSync(cachePath(store), "utf8")).toContain(first.id);
  expect(listed(store)).toEqual(expected(store));
  collect(store, { maxSize: 0, now: Date.now() + day }, { dryRun: false });
  expect(listed(store)).toEqual([]);
});

const damages: Record<string, (cache: Cache) => unknown> = {
  "no JSON": () => "{",
  "another format": (cache) => ({ ...cache, format: 2 }),
  "no map": () => [1],
  "more digests than sizes": (cache) => ({ ...cache, sizes: cache.sizes.slice(1) }),
  "a wrong size": (cache) => ({ ...cache, sizes: cache.sizes.with(3, -1) }),
  "an unknown text": (cache) => ({ ...cache, rows: cache.rows.map((row) => row.with(3, 999)) }),
  "an unknown blob": (cache) => ({ ...cache, rows: cache.rows.map((row) => [...row, 5000]) }),
  "an invalid time": (cache) => ({ ...cache, rows: cache.rows.map((row) => row.with(6, 1e17)) }),
  "invalid rows": (cache) => ({ ...cache, rows: [1, "x", null] }),
  "other packages": (cache) => ({
    ...cache,
    rows: cache.rows.map((row) => row.with(2, cache.rows.find((other) => other[2] !== row[2])![2])),
  }),
};

it("ignores a damaged cache", () => {
  const store = makeMany();
  const truth = expected(store);
  listed(store);
  const cache = JSON.parse(readFileSync(cachePath(store), "utf8")) as Cache;
  for (const [what, damage] of Object.entries(damages)) {
    const damaged = damage(cache);
    writeFileSync(cachePath(store), typeof damaged === "string" ? damaged : JSON.stringify(damaged));
    expect({ what, found: listed(store) }).toEqual({ what, found: truth });
  }
});

interface Cache {
  sizes: number[];
  rows: unknown[][];
}
