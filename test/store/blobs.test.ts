import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { addBlob, checkBlob, hasBlobs, openBlob, readBlob } from "../../runtime/store/blobs.ts";
import { blobPath } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { blobNames, makeFolder, makeStore, quarantined } from "./example.ts";
import { putBlob } from "./put-blob.ts";

const bytes = Buffer.from("a layer");
const damaged = (message: string) =>
  expect.objectContaining({ code: "damaged", message: expect.stringContaining(message) });

/** Files of other types at the path of a blob, and how to make them. */
const otherTypes: Record<string, (path: string) => void> = {
  "a directory": (path) => mkdirSync(path),
  "a directory that is not empty": (path) => mkdirSync(join(path, "x"), { recursive: true }),
  "a symlink to a file with the right contents": (path) => {
    const target = join(makeFolder(), "target");
    writeFileSync(target, bytes);
    symlinkSync(target, path);
  },
  "a dangling symlink": (path) => symlinkSync("nowhere", path),
  "a fifo": (path) => execFileSync("mkfifo", [path]),
};

it("reads what was written", () => {
  const store = makeStore();
  const digest = putBlob(store, bytes);
  expect(digest).toBe(sha256(bytes));
  expect(readBlob(store, digest, bytes.length)).toEqual(bytes);
  const fd = openBlob(store, digest, bytes.length);
  expect(readFileSync(fd)).toEqual(bytes);
  closeSync(fd);
  expect(statSync(blobPath(store, digest)).mode & 0o777).toBe(0o660);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("moves a finished file to the blob's path", () => {
  const store = makeStore();
  writeFileSync(join(store.tmp, "finished"), bytes);
  addBlob(store, join(store.tmp, "finished"), sha256(bytes));
  expect(readBlob(store, sha256(bytes), 100)).toEqual(bytes);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("stores an empty blob", () => {
  const store = makeStore();
  expect(readBlob(store, putBlob(store, Buffer.alloc(0)), 0)).toEqual(Buffer.alloc(0));
});

it("repairs a damaged blob when it is saved again", () => {
  const store = makeStore();
  const digest = putBlob(store, bytes);
  writeFileSync(blobPath(store, digest), "wrong");
  putBlob(store, bytes);
  expect(readBlob(store, digest, 100)).toEqual(bytes);
});

it("reports a missing blob", () => {
  const store = makeStore();
  expect(() => readBlob(store, sha256("x"), 10)).toThrow(damaged("is missing"));
  expect(() => openBlob(store, sha256("x"), 10)).toThrow(damaged("is missing"));
  expect(checkBlob(store, sha256("x"))).toBe(false);
});

it("quarantines contents with a wrong digest", () => {
  const store = makeStore();
  const digest = putBlob(store, bytes);
  writeFileSync(blobPath(store, digest), "a lager");
  expect(() => readBlob(store, digest, 100)).toThrow(damaged("wrong digest"));
  expect(quarantined(store)).toEqual([digest]);
  expect(blobNames(store)).toEqual([]);
});

it("quarantines a truncated blob", () => {
  const store = makeStore();
  const digest = putBlob(store, bytes);
  truncateSync(blobPath(store, digest), 3);
  expect(() => openBlob(store, digest, bytes.length)).toThrow(damaged("has 3 bytes instead of 7"));
  expect(quarantined(store)).toEqual([digest]);
});

it("keeps a valid blob when the expected size is wrong", () => {
  const store = makeStore();
  const digest = putBlob(store, bytes);
  expect(() => openBlob(store, digest, 8)).toThrow(damaged("has 7 bytes instead of 8"));
  expect(() => readBlob(store, digest, 6)).toThrow(damaged("larger than 6 bytes"));
  expect(checkBlob(store, digest)).toBe(true);
  expect(blobNames(store)).toEqual([digest]);
});

it("moves nothing to quarantine in a store that is open for reading", () => {
  const { root } = makeStore();
  const digest = putBlob(openStore(root, { write: true }), bytes);
  const store = openStore(root, { write: false });
  writeFileSync(blobPath(store, digest), "wrong");
  expect(() => readBlob(store, digest, 100)).toThrow(damaged("wrong digest"));
  expect(blobNames(store)).toEqual([digest]);
});

it.each(Object.keys(otherTypes))("does not read %s, and quarantines it", (kind) => {
  for (const read of [readBlob, openBlob]) {
    const store = makeStore();
    const path = blobPath(store, sha256(bytes));
    mkdirSync(dirname(path));
    otherTypes[kind]!(path);
    expect(() => read(store, sha256(bytes), bytes.length)).toThrow(damaged("is not a regular file"));
    expect(hasBlobs(store, [{ digest: sha256(bytes), size: bytes.length }])).toBe(false);
    expect(quarantined(store)).toEqual([sha256(bytes)]);
  }
});

it.each(Object.keys(otherTypes))("replaces %s with the blob", (kind) => {
  const store = makeStore();
  const path = blobPath(store, sha256(bytes));
  mkdirSync(dirname(path));
  otherTypes[kind]!(path);
  expect(readBlob(store, putBlob(store, bytes), 100)).toEqual(bytes);
});

it("does not write through a symlink instead of the blob's folder", () => {
  const store = makeStore();
  const elsewhere = makeFolder();
  const folder = dirname(blobPath(store, sha256(bytes)));
  symlinkSync(elsewhere, folder);
  putBlob(store, bytes);
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(readBlob(store, sha256(bytes), 100)).toEqual(bytes);
});

it("leaves nothing behind when a blob can't be moved to its path", () => {
  const store = makeStore();
  const blobs = join(store.base, "blobs");
  renameSync(blobs, `${blobs}.away`);
  expect(() => putBlob(store, bytes)).toThrow("ENOENT");
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("does not find a blob after a crash before the rename, and can save it again", () => {
  const store = makeStore();
  writeFileSync(join(store.tmp, "blob-unfinished"), bytes);
  expect(existsSync(blobPath(store, sha256(bytes)))).toBe(false);
  expect(putBlob(store, bytes)).toBe(sha256(bytes));
});

it("checks whether all blobs exist with their sizes", () => {
  const store = makeStore();
  const refs = [bytes, Buffer.from("x")].map((one) => ({ digest: putBlob(store, one), size: one.length }));
  expect(hasBlobs(store, refs)).toBe(true);
  expect(hasBlobs(store, [{ ...refs[0]!, size: 1 }])).toBe(false);
  rmSync(blobPath(store, refs[1]!.digest));
  expect(hasBlobs(store, refs)).toBe(false);
});
