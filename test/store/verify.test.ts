import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeConfig } from "../../runtime/store/config.ts";
import { recordHit } from "../../runtime/store/hits.ts";
import { blobPath, recordPath, type Store } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { setPin } from "../../runtime/store/pins.ts";
import { findSnapshot } from "../../runtime/store/snapshots.ts";
import { countEvent } from "../../runtime/store/stats.ts";
import { verifyStore } from "../../runtime/store/verify.ts";
import type { Digest } from "../../runtime/util/hash.ts";
import { addLayer, blobNames, keyOf, makeFolder, makeStore, quarantined, save } from "./example.ts";
import { putBlob } from "./put-blob.ts";

const check = { readData: false, repair: false };
const read = { readData: true, repair: false };
const repair = { readData: true, repair: true };

function codes(store: Store, options = check): string[] {
  return verifyStore(store, options).problems.map(({ code, path }) => `${code} ${path}`);
}

function pathOf(digest: Digest): string {
  return `blobs/sha256/${digest.slice(0, 2)}/${digest}`;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  writeFileSync(path, bytes);
}

it("finds no problems in a store in use, and counts what it checked", () => {
  const store = makeStore();
  const shared = addLayer(store, "shared");
  const { id } = save(store, { layers: [shared] });
  save(store, { layers: [shared, addLayer(store, "own")], failed: true });
  putBlob(store, Buffer.from("orphan"));
  writeFileSync(join(store.tmp, "at work"), "");
  recordHit(store, id);
  countEvent(store, { kind: "hit" });
  setPin(store, "hello", { through: "buildPhase", sticky: true, created: 1 });
  writeConfig(store, {});
  const bytes = 100 + "index of shared".length + 100 + "index of own".length + "orphan".length;
  expect(verifyStore(store, read)).toEqual({ problems: [], counts: { snapshots: 2, blobs: 5, bytes } });
});

it("reports progress while it reads", () => {
  const store = makeStore();
  const sizes = [3_000_000, 10, 0];
  for (const size of sizes) putBlob(store, Buffer.alloc(size));
  const seen: number[] = [];
  verifyStore(store, read, (done, total) => {
    expect(total).toBe(3_000_010);
    seen.push(done);
  });
  expect(seen.at(-1)).toBe(3_000_010);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  verifyStore(store, check, () => expect.unreachable());
});

it("reports a damaged record, and quarantines it on repair", () => {
  const store = makeStore();
  const header = save(store);
  const path = `snapshots/hello/${header.key}.${header.id}`;
  flip(recordPath(store, header));
  expect(codes(store)).toEqual([`damaged-record ${path}`]);
  expect(quarantined(store)).toEqual([]);
  expect(codes(store, repair)).toEqual([`damaged-record ${path}`]);
  expect(quarantined(store)).toEqual([`${header.key}.${header.id}`]);
  expect(codes(store)).toEqual([]);
});

it("reports a damaged body, which listings do not read", () => {
  const store = makeStore();
  const path = recordPath(store, save(store));
  truncateSync(path, readFileSync(path).length - 1);
  expect(codes(store)).toEqual([expect.stringMatching("^damaged-record ")]);
});

it("reports snapshots without their blobs, and removes them on repair", () => {
  const store = makeStore();
  const [missing, short, valid] = ["missing", "short", "valid"].map((name) =>
    save(store, { key: keyOf(name) }),
  );
  rmSync(blobPath(store, missing!.layers[0]!.digest));
  truncateSync(blobPath(store, short!.layers[0]!.index.digest), 1);
  const { problems } = verifyStore(store, check);
  expect(problems.map(({ code, path, message }) => [code, path.slice(-12), message]).sort()).toEqual(
    [
      ["missing-blob", missing!.id, expect.stringMatching("is missing$")],
      ["missing-blob", short!.id, expect.stringMatching(/has 1 bytes instead of \d+$/)],
    ].sort(),
  );
  verifyStore(store, repair);
  expect(codes(store, read)).toEqual([]);
  expect(["missing", "short", "valid"].map((name) => findSnapshot(store, "hello", keyOf(name))?.id)).toEqual([
    undefined,
    undefined,
    valid!.id,
  ]);
});

it("finds damaged contents only when it reads data, with all snapshots that need them", () => {
  const store = makeStore();
  const layer = addLayer(store, "shared");
  const headers = [save(store, { layers: [layer] }), save(store, { layers: [layer] })];
  const other = save(store);
  flip(blobPath(store, layer.digest));
  expect(codes(store)).toEqual([]);
  const names = headers.map(({ key, id }) => `missing-blob snapshots/hello/${key}.${id}`).sort();
  expect(codes(store, read).sort()).toEqual([`damaged-blob ${pathOf(layer.digest)}`, ...names]);
  expect(blobNames(store)).toContain(layer.digest);
  expect(codes(store, repair)).toHaveLength(3);
  expect(quarantined(store)).toEqual([layer.digest]);
  expect(verifyStore(store, read)).toMatchObject({ problems: [], counts: { snapshots: 1 } });
  expect(findSnapshot(store, "hello", other.key)).toEqual(other);
});

it("reports unknown files", () => {
  const store = makeStore();
  const { key, id } = save(store);
  const digest = putBlob(store, Buffer.from("x"));
  const unknownFiles = [
    "notes",
    "snapshots/.hidden",
    "snapshots/hello/README",
    `snapshots/hello/${key}`,
    "blobs/sha256/README",
    "blobs/sha256/abc",
    `blobs/sha256/${digest.slice(0, 2)}/README`,
    `blobs/sha256/zz`,
    "pins/.hidden",
  ];
  for (const path of unknownFiles) mkdirSync(join(store.base, path));
  expect(codes(store).sort()).toEqual(unknownFiles.map((path) => `stray ${path}`).sort());
  expect(codes(store, repair)).toHaveLength(unknownFiles.length);
  expect(codes(store)).toEqual([]);
  expect(quarantined(store)).toHaveLength(unknownFiles.length);
  expect(findSnapshot(store, "hello", key)?.id).toBe(id);
});

it("reports a blob in the wrong folder, and one that is not a file", () => {
  const store = makeStore();
  const digest = putBlob(store, Buffer.from("x"));
  const folder = digest.startsWith("00") ? "01" : "00";
  mkdirSync(join(store.base, "blobs/sha256", folder));
  renameSync(blobPath(store, digest), join(store.base, "blobs/sha256", folder, digest));
  symlinkSync("elsewhere", blobPath(store, digest));
  expect(codes(store).sort()).toEqual(
    [`stray blobs/sha256/${folder}/${digest}`, `stray ${pathOf(digest)}`].sort(),
  );
});

it("reports damaged pins and invalid settings", () => {
  const store = makeStore();
  writeFileSync(join(store.base, "pins/hello"), "{");
  writeFileSync(join(store.base, "config.json"), '{"maxSize": "much"}');
  const found = ["damaged-pin pins/hello", "damaged-config config.json"];
  expect(codes(store)).toEqual(found);
  expect(codes(store, repair)).toEqual(found);
  expect(codes(store)).toEqual(["damaged-config config.json"]);
});

it("accepts hits of a snapshot that a collector has removed", () => {
  const store = makeStore();
  recordHit(store, "0123456789ab");
  expect(codes(store)).toEqual([]);
});

it("repairs nothing outside the store", () => {
  const store = makeStore();
  const outside = makeFolder();
  writeFileSync(join(outside, "README"), "");
  symlinkSync(outside, join(store.base, "snapshots/hello"));
  symlinkSync(outside, join(store.base, "blobs/sha256/ab"));
  expect(codes(store, repair).sort()).toEqual(["stray blobs/sha256/ab", "stray snapshots/hello"]);
  expect(readFileSync(join(outside, "README"), "utf8")).toBe("");
  expect(codes(store)).toEqual([]);
});

it("verifies a store that is open for reading", () => {
  const { root } = makeStore();
  const header = save(openStore(root, { write: true }));
  const store = openStore(root, { write: false });
  flip(recordPath(store, header));
  expect(codes(store, repair)).toHaveLength(1);
  expect(codes(store)).toHaveLength(1);
});
