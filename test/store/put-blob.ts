import { addBlob, stageBlob } from "../../runtime/store/blobs.ts";
import type { Store } from "../../runtime/store/layout.ts";
import type { Digest } from "../../runtime/util/hash.ts";

/** Adds a blob to the store and returns its digest. */
export function putBlob(store: Store, bytes: Uint8Array): Digest {
  const { path, digest } = stageBlob(store, bytes);
  addBlob(store, path, digest);
  return digest;
}
