import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { blobPath, recordPath } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { listHeaders, listPackages } from "../../runtime/store/records/list.ts";
import { encodeRecord } from "../../runtime/store/records/record.ts";
import { findSnapshot, readSnapshot, writeSnapshot } from "../../runtime/store/snapshots.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { addLayer, keyOf, makeFolder, makeRecord, makeStore, quarantined, save } from "./example.ts";
import { isRoot, makeProgram, runProgram, startProgram } from "./process.ts";

const key = keyOf("a key");

it("finds and reads what was written", () => {
  const store = makeStore();
  const record = makeRecord({ key, layers: [addLayer(store, "layer")] });
  writeSnapshot(store, record);
  expect(findSnapshot(store, "hello", key)).toEqual(record.header);
  expect(readSnapshot(store, record.header)).toEqual(record);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("finds no snapshot of another package or key", () => {
  const store = makeStore();
  save(store, { key });
  expect(findSnapshot(store, "hello", keyOf("other"))).toBeNull();
  expect(findSnapshot(store, "other", key)).toBeNull();
});

it("finds the newest restorable snapshot of a key", () => {
  const store = makeStore();
  const wanted = save(store, { key, created: 2000 });
  save(store, { key, created: 1000 });
  save(store, { key, created: 3000, failed: true });
  const broken = save(store, { key, created: 5000 });
  rmSync(blobPath(store, broken.layers[0]!.digest));
  expect(findSnapshot(store, "hello", key)).toEqual(wanted);
});

it("does not find a snapshot whose index is missing", () => {
  const store = makeStore();
  const header = save(store, { key });
  rmSync(blobPath(store, header.layers[0]!.index.digest));
  expect(findSnapshot(store, "hello", key)).toBeNull();
});

it("refuses a record whose blobs are missing, and removes it again", () => {
  const store = makeStore();
  const missing = { digest: sha256("missing"), size: 4 };
  const record = makeRecord({ key, layers: [{ ...addLayer(store, "x"), ...missing }] });
  expect(() => writeSnapshot(store, record)).toThrow(expect.objectContaining({ code: "conflict" }));
  expect(existsSync(recordPath(store, record.header))).toBe(false);
  expect(listPackages(store)).toEqual([]);
});

it("keeps the newest failed snapshot of each package", () => {
  const store = makeStore();
  const other = save(store, { package: "other", failed: true, created: 1000 });
  const restorable = save(store, { created: 1000 });
  save(store, { failed: true, created: 2000 });
  const newest = save(store, { failed: true, created: 3000, phase: "buildPhase" });
  const ids = listHeaders(store).headers.map(({ id }) => id);
  expect(ids.sort()).toEqual([other.id, restorable.id, newest.id].sort());
});

it("ignores the files of a save that was interrupted before its rename", () => {
  const store = makeStore();
  const header = save(store, { key });
  const unfinished = encodeRecord(makeRecord({ key }));
  writeFileSync(join(store.tmp, "write-1"), unfinished.subarray(0, 100));
  writeFileSync(join(store.tmp, "write-2"), unfinished);
  expect(findSnapshot(store, "hello", key)).toEqual(header);
  expect(listHeaders(store)).toEqual({ headers: [header], problems: [] });
});

it("lets two processes save the same key at the same time", async () => {
  const store = makeStore();
  const program = makeProgram(
    `
    import { openStore } from "#store/open";
    import { putBlob } from "#test/put-blob";
    import { newHeader } from "#store/records/header";
    import { writeSnapshot } from "#store/snapshots";
    const [, , root, text] = process.argv;
    const { header, body } = JSON.parse(text);
    const store = openStore(root, { write: true });
    for (let i = 0; i < 50; i++) {
      const bytes = Buffer.from("the same layer " + i);
      const ref = { digest: putBlob(store, bytes), size: bytes.length };
      const layer = { ...ref, plainSize: 1, entries: 1, index: ref, outputs: header.outputs };
      writeSnapshot(store, { header: newHeader({ ...header, layers: [layer] }), body });
    }`,
  );
  const record = JSON.stringify(makeRecord({ key }));
  const ended = await Promise.all([1, 2].map(() => startProgram(program, [store.root, record])));
  expect(ended).toEqual([1, 2].map(() => ({ status: 0, errors: "" })));
  const { headers, problems } = listHeaders(store);
  expect(problems).toEqual([]);
  expect(new Set(headers.map(({ id }) => id)).size).toBe(100);
  for (const one of headers) expect(readSnapshot(store, one).header).toEqual(one);
  expect(findSnapshot(store, "hello", key)).not.toBeNull();
});

it("reports a missing snapshot", () => {
  const store = makeStore();
  const { header } = makeRecord();
  expect(() => readSnapshot(store, header)).toThrow(expect.objectContaining({ code: "not-found" }));
});

it("quarantines a record with a damaged header or body", () => {
  const store = makeStore();
  const [inHeader, inBody] = [save(store, { key }), save(store, { key })];
  const flip = (path: string, position: number) => {
    const bytes = readFileSync(path);
    bytes[position < 0 ? bytes.length + position : position]! ^= 1;
    writeFileSync(path, bytes);
  };
  flip(recordPath(store, inHeader), 30);
  flip(recordPath(store, inBody), -40);
  expect(findSnapshot(store, "hello", key)).toEqual(inBody);
  expect(() => readSnapshot(store, inBody)).toThrow(expect.objectContaining({ code: "damaged" }));
  expect(quarantined(store).sort()).toEqual([inHeader, inBody].map(({ id }) => `${key}.${id}`).sort());
  expect(findSnapshot(store, "hello", key)).toBeNull();
});

it("rejects a record whose header does not match its path", () => {
  const store = makeStore();
  const header = save(store, { key: keyOf("its key") });
  const moved = { package: "other", key, id: "0123456789ab" };
  mkdirSync(dirname(recordPath(store, moved)));
  renameSync(recordPath(store, header), recordPath(store, moved));
  expect(listHeaders(store).problems).toEqual([
    {
      code: "damaged-record",
      path: `snapshots/other/${key}.0123456789ab`,
      message: "it is the record of another snapshot",
    },
  ]);
  expect(() => readSnapshot(store, moved)).toThrow("another snapshot");
  expect(findSnapshot(store, "other", key)).toBeNull();
});

it.each<[string, (path: string, target: string) => void]>([
  ["a symlink to a record", (path, target) => symlinkSync(target, path)],
  ["a directory", (path) => mkdirSync(path)],
  ["a fifo", (path) => execFileSync("mkfifo", [path])],
  ["an empty file", (path) => writeFileSync(path, "")],
])("treats a record that is %s as damaged", (_kind, make) => {
  const store = makeStore();
  const header = save(store, { key });
  const path = recordPath(store, header);
  const target = join(makeFolder(), "record");
  renameSync(path, target);
  make(path, target);
  expect(listHeaders(store)).toEqual({
    headers: [],
    problems: [
      { code: "damaged-record", path: `snapshots/hello/${key}.${header.id}`, message: expect.any(String) },
    ],
  });
  expect(findSnapshot(store, "hello", key)).toBeNull();
  expect(quarantined(store)).toEqual([`${key}.${header.id}`]);
});

it("does not write through a symlink instead of a package's folder", () => {
  const store = makeStore();
  const elsewhere = makeFolder();
  symlinkSync(elsewhere, join(store.base, "snapshots/hello"));
  save(store, { key });
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(findSnapshot(store, "hello", key)).not.toBeNull();
});

it("lists two thousand snapshots, oldest first, without their bodies", () => {
  const store = makeStore();
  const layers = Array.from({ length: 12 }, (_, i) => addLayer(store, `layer ${i}`));
  for (let i = 0; i < 2000; i++) {
    const { header } = makeRecord({
      package: `package-${i % 40}`,
      key: keyOf(`${i}`),
      created: 10_000 - i,
      layers,
    });
    mkdirSync(join(store.base, "snapshots", header.package), { recursive: true });
    const record = encodeRecord({ header, body: makeRecord().body });
    // A listing that read the body would report damage.
    writeFileSync(recordPath(store, header), record.fill(0, record.length - 200));
  }
  const { headers, problems } = listHeaders(store);
  expect(problems).toEqual([]);
  expect(headers.map(({ created }) => created)).toEqual(Array.from({ length: 2000 }, (_, i) => 8001 + i));
  expect(headers[0]!.layers).toEqual(layers);
  expect(listHeaders(store, { package: "package-7" }).headers).toHaveLength(50);
  expect(listPackages(store)).toHaveLength(40);
});

it("reads a header longer than a page", () => {
  const store = makeStore();
  const layers = Array.from({ length: 100 }, (_, i) => addLayer(store, `layer ${i}`));
  const header = save(store, { key, layers });
  expect(listHeaders(store).headers).toEqual([header]);
  expect(readSnapshot(store, header).header).toEqual(header);
});

it("lists nothing for a package name that is a path, or is missing", () => {
  const store = makeStore();
  save(store, { key });
  expect(listHeaders(store, { package: "../snapshots/hello" })).toEqual({ headers: [], problems: [] });
  expect(listHeaders(store, { package: "missing" })).toEqual({ headers: [], problems: [] });
});

it("lists snapshots of a store that is open for reading", () => {
  const { root } = makeStore();
  const header = save(openStore(root, { write: true }), { key });
  expect(listHeaders(openStore(root, { write: false })).headers).toEqual([header]);
});

it.runIf(isRoot)("finds and reads snapshots as another user of the group", () => {
  const program = makeProgram(`
    import { openStore } from "#store/open";
    import { findSnapshot, readSnapshot } from "#store/snapshots";
    const header = findSnapshot(openStore(process.argv[2], { write: false }), "hello", "${key}");
    console.log(readSnapshot(openStore(process.argv[2], { write: true }), header).body.state.variables.greeting.length);`);
  const root = makeFolder();
  chownSync(root, 0, 12345);
  chmodSync(root, 0o2770);
  save(openStore(root, { write: true }), { key });
  expect(runProgram(program, [root], 12347, 12345)).toBe("7");
});
