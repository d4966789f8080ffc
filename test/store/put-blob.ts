import { addBlob, stageBlob } from "../../runtime/store/blobs.ts";
import type { Store } from "../../runtime/store/layout.ts";
import type { Digest } from "../../runtime/util/hash.ts";

/** Puts bytes into the store; returns the name under which they are found again. */
export function putBlob(store: Store, bytes: Uint8Array): Digest {
  const { path, digest } = stageBlob(store, bytes);
  addBlob(store, path, digest);
  return digest;
}
