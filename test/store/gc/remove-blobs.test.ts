import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { removeBlobs } from "../../../runtime/store/gc/remove-blobs.ts";
import { listBlobs } from "../../../runtime/store/list-blobs.ts";
import { readSnapshot } from "../../../runtime/store/snapshots.ts";
import { blobNames, makeStore, save } from "../example.ts";
import { putBlob } from "../put-blob.ts";

it("removes blobs that no snapshot needs", () => {
  const store = makeStore();
  const digests = ["a", "b"].map((text) => putBlob(store, Buffer.from(text)));
  const { blobs } = listBlobs(store);
  const { removed, problems } = removeBlobs(store, [blobs.get(digests[0]!)!], new Set());
  expect({ removed, problems }).toEqual({ removed: [blobs.get(digests[0]!)], problems: [] });
  expect(blobNames(store)).toEqual([digests[1]]);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("keeps a blob that was saved again after the listing", () => {
  const store = makeStore();
  const digest = putBlob(store, Buffer.from("a"));
  const listed = [...listBlobs(store).blobs.values()];
  putBlob(store, Buffer.from("a"));
  expect(removeBlobs(store, listed, new Set())).toEqual({ removed: [], problems: [] });
  expect(blobNames(store)).toEqual([digest]);
});

it("keeps the blobs of a snapshot that is not known to the caller", () => {
  const store = makeStore();
  const bytes = Buffer.from("initial");
  const header = save(store, { initial: { digest: putBlob(store, bytes), size: bytes.length } });
  const listed = [...listBlobs(store).blobs.values()];
  expect(removeBlobs(store, listed, new Set()).removed).toEqual([]);
  expect(readSnapshot(store, header).header).toEqual(header);
  expect(blobNames(store)).toHaveLength(3);
  expect(removeBlobs(store, listed, new Set([header.id])).removed).toHaveLength(3);
});

it("ignores blobs that another process has removed", () => {
  const store = makeStore();
  putBlob(store, Buffer.from("a"));
  const listed = [...listBlobs(store).blobs.values()];
  expect(removeBlobs(store, listed, new Set()).removed).toHaveLength(1);
  expect(removeBlobs(store, listed, new Set())).toEqual({ removed: [], problems: [] });
});
