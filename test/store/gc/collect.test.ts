import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { collect, enforceLimits, removeSnapshots } from "../../../runtime/store/gc/collect.ts";
import { readHits, recordHit } from "../../../runtime/store/hits.ts";
import { blobPath, recordPath, type Store } from "../../../runtime/store/layout.ts";
import { setPin } from "../../../runtime/store/pins.ts";
import type { NewHeader } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import { addUsage, readUsage } from "../../../runtime/store/size-log.ts";
import { readSnapshot } from "../../../runtime/store/snapshots.ts";
import { verifyStore } from "../../../runtime/store/verify.ts";
import {
  addLayer,
  blobNames,
  day,
  hour,
  keyOf,
  makeFolder,
  makeRecord,
  makeStore,
  save,
} from "../example.ts";
import { makeProgram, startProgram } from "../process.ts";
import { putBlob } from "../put-blob.ts";

const soon = () => Date.now() + 1000;
const realRun = { dryRun: false };

function ids(store: Store): string[] {
  return listHeaders(store).headers.map(({ id }) => id);
}

function expectNoProblems(store: Store): void {
  expect(verifyStore(store, { readData: true, repair: false }).problems).toEqual([]);
}

/** Returns the size of all files below the blobs and snapshots folders, in bytes. */
function sizeOf(store: Store): number {
  return ["blobs", "snapshots"]
    .flatMap((folder) =>
      readdirSync(join(store.base, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)).length),
    )
    .reduce((sum, size) => sum + size, 0);
}

it("removes nothing from a store that is within its limits", () => {
  const store = makeStore();
  const header = save(store);
  const { removed, bytes, left, problems } = collect(
    store,
    { maxSize: 1e6, maxAge: day, now: soon() },
    realRun,
  );
  expect({ removed, bytes, left, problems }).toEqual({
    removed: [],
    bytes: 0,
    left: sizeOf(store),
    problems: [],
  });
  expect(readSnapshot(store, header).header).toEqual(header);
});

it("removes the least recently used snapshots, their blobs, hits and folders", () => {
  const store = makeStore();
  const old = save(store, { created: Date.now() - 3 * day, package: "old", key: keyOf("old") }, 5000);
  const used = save(store, { created: Date.now() - 4 * day, key: keyOf("used") }, 5000);
  const young = save(store, { created: Date.now() - 2 * day, key: keyOf("young") }, 5000);
  recordHit(store, used.id);
  const before = sizeOf(store);
  const { removed, bytes, left } = collect(store, { maxSize: before - 1, now: soon() }, realRun);
  expect(removed).toEqual([{ header: old, reason: "size", bytes: before - sizeOf(store) }]);
  expect({ bytes, left }).toEqual({ bytes: before - sizeOf(store), left: sizeOf(store) });
  expect(ids(store)).toEqual([used.id, young.id]);
  expect(readdirSync(join(store.base, "snapshots"))).toEqual(["hello"]);
  expect(readdirSync(store.tmp)).toEqual([]);
  expectNoProblems(store);
});

it("reports in a dry run what it would remove, and removes nothing", () => {
  const store = makeStore();
  save(store, { created: Date.now() - 3 * day });
  putBlob(store, Buffer.from("orphan"));
  writeFileSync(join(store.tmp, "left"), "12345");
  const policy = { maxAge: 1000, now: Date.now() + 2 * day };
  const before = sizeOf(store);
  const dry = collect(store, policy, { dryRun: true });
  expect(sizeOf(store)).toBe(before);
  expect(readdirSync(store.tmp)).toEqual(["left"]);
  expect(collect(store, policy, realRun)).toEqual(dry);
  expect(dry.bytes).toBe(before + 5);
  expect(sizeOf(store)).toBe(0);
});

it("removes a shared blob with the last snapshot that needs it", () => {
  const store = makeStore();
  const shared = addLayer(store, "shared");
  const first = save(store, { created: 1000, layers: [shared, addLayer(store, "first")] });
  const second = save(store, { created: 2000, layers: [shared, addLayer(store, "second")] });
  removeSnapshots(store, new Set([first.id]));
  expect(blobNames(store)).toHaveLength(4);
  expect(readSnapshot(store, second).header).toEqual(second);
  expectNoProblems(store);
  removeSnapshots(store, new Set([second.id]));
  expect(blobNames(store)).toEqual([]);
});

it("removes snapshots that the user names, even if in use", () => {
  const store = makeStore();
  const [one, two] = [save(store), save(store)];
  recordHit(store, one.id);
  const dry = removeSnapshots(store, new Set([one.id, "0123456789ab"]), { dryRun: true });
  expect(dry.removed).toEqual([{ header: one, reason: "by-hand", bytes: dry.bytes }]);
  expect(ids(store)).toHaveLength(2);
  expect(removeSnapshots(store, new Set([one.id]))).toEqual(dry);
  expect(ids(store)).toEqual([two.id]);
  expect(readHits(store).size).toBe(0);
  expect(readUsage(store, Date.now())).toBe(sizeOf(store));
});

it("keeps young orphans, which may belong to a save in progress", () => {
  const store = makeStore();
  const digest = putBlob(store, Buffer.from("orphan"));
  expect(collect(store, { now: Date.now() + day / 2 }, realRun).orphans).toEqual({ count: 0, bytes: 0 });
  expect(blobNames(store)).toEqual([digest]);
  expect(collect(store, { now: Date.now() + 2 * day }, realRun).orphans).toEqual({ count: 1, bytes: 6 });
  expect(blobNames(store)).toEqual([]);
});

it("keeps snapshots that a build has just restored or is saving", () => {
  const store = makeStore();
  const restored = save(store, { created: 1000 });
  const saved = save(store, { created: 2000, key: keyOf("saved") });
  save(store, { created: 3000, key: keyOf("other") });
  recordHit(store, restored.id);
  collect(store, { maxSize: 0, now: soon() }, { dryRun: false, inUse: new Set([saved.id]) });
  expect(ids(store)).toEqual([restored.id, saved.id]);
  collect(store, { maxSize: 0, now: Date.now() + day }, realRun);
  expect(ids(store)).toEqual([]);
});

it("removes records with missing blobs, and hits without a record", () => {
  const store = makeStore();
  const header = save(store, { created: Date.now() - day });
  rmSync(blobPath(store, header.layers[0]!.digest));
  recordHit(store, "0123456789ab");
  const { removed, unusedHits } = collect(store, { now: soon() }, realRun);
  expect(removed.map(({ reason }) => reason)).toEqual(["broken"]);
  expect(unusedHits).toBe(1);
  expect(readHits(store).size).toBe(0);
});

it("reports a damaged record, and leaves it to verify", () => {
  const store = makeStore();
  const header = save(store);
  writeFileSync(recordPath(store, header), "nonsense");
  expect(collect(store, { now: soon() }, realRun).problems).toEqual([
    expect.objectContaining({ code: "damaged-record", path: expect.stringContaining(header.id) }),
  ]);
});

it("does not delete through a planted symlink", () => {
  const store = makeStore();
  const outside = makeFolder();
  const header = save(store, { created: 1000 });
  const name = `${header.key}.${header.id}`;
  for (const file of [name, header.id, header.layers[0]!.digest])
    writeFileSync(join(outside, file), "precious");
  const layer = header.layers[0]!.digest;
  for (const folder of [`blobs/sha256/${layer.slice(0, 2)}`, "stats/hits", "quarantine"]) {
    rmSync(join(store.base, folder), { recursive: true });
    symlinkSync(outside, join(store.base, folder));
  }
  symlinkSync(outside, join(store.tmp, "left"));
  mkdirSync(join(store.root, "v0"));
  symlinkSync(outside, join(store.root, "v0/left"));
  collect(store, { maxSize: 0, maxAge: 0, now: Date.now() + 30 * day }, realRun);
  expect(readdirSync(outside).sort()).toEqual([name, header.id, layer].sort());
  expect(readdirSync(store.root).sort()).toEqual(["CACHEDIR.TAG", "v1"]);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("does not scan the store while the running total is within the limit", () => {
  const store = makeStore();
  const limits = { maxSize: 3000, maxAge: day };
  expect(enforceLimits(store, limits, { inUse: new Set() })?.left).toBe(0);
  save(store);
  expect(readUsage(store, Date.now())).toBe(sizeOf(store));
  // A scan would report this record.
  writeFileSync(recordPath(store, save(store)), "nonsense");
  expect(enforceLimits(store, limits, { inUse: new Set() })).toBeNull();
  addUsage(store, 3000);
  expect(enforceLimits(store, limits, { inUse: new Set() })?.problems).toHaveLength(1);
  expect(readUsage(store, Date.now())).toBe(sizeOf(store) - "nonsense".length);
});

it("scans the store once a day, for the age limit", () => {
  const store = makeStore();
  enforceLimits(store, { maxSize: 1e9, maxAge: day }, { inUse: new Set() });
  save(store, { created: Date.now() });
  const limits = { maxSize: 1e9, maxAge: day / 4 };
  expect(enforceLimits(store, limits, { inUse: new Set(), now: Date.now() + day / 2 })).toBeNull();
  const later = Date.now() + 2 * day;
  expect(enforceLimits(store, limits, { inUse: new Set(), now: later })?.removed).toHaveLength(1);
});

it("stays within its limit over many saves", () => {
  const store = makeStore();
  const maxSize = 50_000;
  for (let i = 0; i < 40; i++) {
    const { id } = save(store, { created: Date.now() - 1000 + i, key: keyOf(`${i}`) }, 4000);
    enforceLimits(store, { maxSize, maxAge: day }, { inUse: new Set([id]) });
    expect(sizeOf(store)).toBeLessThanOrEqual(maxSize);
    expect(ids(store)).toContain(id);
  }
  expect(ids(store).length).toBeGreaterThan(6);
  expectNoProblems(store);
});

it("protects pinned snapshots and those that other builds extend", () => {
  const store = makeStore();
  const at = (age: number, fields: Partial<NewHeader>) => {
    const key = keyOf(String(Math.random()));
    return save(store, { ...fields, key, created: Date.now() - age }, 4000);
  };
  const old = at(9 * day, { package: "pinned" });
  setPin(store, "pinned", { through: old.phase, sticky: true, created: 0 });
  const [first, second] = [3, 2].map((hours) => at(hours * hour, { package: "other" }));
  const failed = at(hour, { package: "failed", failed: true });
  const over = at(7 * hour, { package: "over" });
  const own = at(0, {});
  const collected = enforceLimits(store, { maxSize: 1, maxAge: day }, { inUse: new Set([own.id]) });
  expect(collected!.removed.map(({ header }) => header.id).sort()).toEqual(
    [first!.id, failed.id, over.id].sort(),
  );
  expect(ids(store).sort()).toEqual([old.id, second!.id, own.id].sort());
});

it("can run concurrently with saves", async () => {
  const store = makeStore();
  // Each snapshot has the layers of the previous one, which the collector may be removing.
  const saving = makeProgram(`
    import { writeFileSync } from "node:fs";
    import { openStore } from "#store/open";
    import { putBlob } from "#test/put-blob";
    import { newHeader } from "#store/records/header";
    import { writeSnapshot } from "#store/snapshots";
    const [, , root, text, name] = process.argv;
    const { header, body } = JSON.parse(text);
    const store = openStore(root, { write: true });
    let layers = [];
    for (let i = 0; i < 40; i++) {
      const bytes = Buffer.from(name + i);
      const ref = { digest: putBlob(store, bytes), size: bytes.length };
      layers = [...layers.slice(-2), { ...ref, plainSize: 1, entries: 1, index: ref, outputs: header.outputs }];
      try {
        writeSnapshot(store, { header: newHeader({ ...header, created: Date.now(), layers }), body });
      } catch (error) {
        if (error.code !== "conflict") throw error;
        layers = [];
      }
    }
    writeFileSync(store.tmp + "/end-" + name, "");`);
  const collecting = makeProgram(`
    import { existsSync } from "node:fs";
    import { openStore } from "#store/open";
    import { collect } from "#store/gc/collect";
    const store = openStore(process.argv[2], { write: true });
    for (let i = 0; !["a", "b"].every((name) => existsSync(store.tmp + "/end-" + name)); i++) {
      const { problems } = collect(store, { maxSize: (i % 2) * 20_000, now: Date.now() }, { dryRun: false });
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
    }`);
  const record = JSON.stringify(makeRecord());
  const ended = await Promise.all([
    ...["a", "b"].map((name) => startProgram(saving, [store.root, record, name])),
    startProgram(collecting, [store.root]),
  ]);
  expect(ended).toEqual([1, 2, 3].map(() => ({ status: 0, errors: "" })));
  expectNoProblems(store);
  expect(readdirSync(store.tmp)).toEqual(["end-a", "end-b"]);
});
