import { statSync } from "node:fs";
import { onTestFinished } from "vitest";
import { encodeIndex } from "../../../runtime/layer/index/codec.ts";
import { addBlob } from "../../../runtime/store/blobs.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import type { LayerRef } from "../../../runtime/store/records/header.ts";
import { bash, makeChain } from "../../layer/rig.ts";
import { putBlob } from "../../store/put-blob.ts";
import { outputs } from "./example.ts";

/** Saves a layer with what a script makes in a build directory; `../outputs/x-1.0` is its output. */
export async function layerOf(store: Store, script: string): Promise<LayerRef> {
  const chain = makeChain();
  onTestFinished(chain.remove);
  bash(chain.origin.build, script);
  const { path, digest, plainSize, index } = await chain.save();
  const { size } = statSync(path);
  const bytes = encodeIndex(index);
  addBlob(store, path, digest);
  const entries = index.entries.length;
  const indexRef = { digest: putBlob(store, bytes), size: bytes.length };
  return { digest, size, plainSize, entries, index: indexRef, outputs };
}
