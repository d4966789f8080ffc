import { statSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { Outputs } from "../../../runtime/key/derivation/outputs.ts";
import { encodeIndex } from "../../../runtime/layer/index/codec.ts";
import { patternsOf } from "../../../runtime/snapshot/patterns.ts";
import { addBlob } from "../../../runtime/store/blobs.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import type { LayerRef } from "../../../runtime/store/records/header.ts";
import { bash, makeChain } from "../../layer/rig.ts";
import { putBlob } from "../../store/put-blob.ts";

/** Makes a build that saves a layer after each script; scripts run in its build directory, `$out` is its output. */
export function makeBuild(store: Store, outputs: Outputs) {
  const chain = makeChain(patternsOf(outputs));
  onTestFinished(chain.remove);
  const layers: LayerRef[] = [];
  return {
    /** Runs a script, and returns all layers up to its own. */
    run: async (script: string): Promise<LayerRef[]> => {
      bash(chain.origin.build, `out=${chain.origin.out}; path=${outputs.out}; ${script}`);
      const { path, digest, plainSize, index } = await chain.save();
      const size = statSync(path).size;
      const bytes = encodeIndex(index);
      addBlob(store, path, digest);
      const indexRef = { digest: putBlob(store, bytes), size: bytes.length };
      layers.push({ digest, size, plainSize, entries: index.entries.length, index: indexRef, outputs });
      return [...layers];
    },
  };
}
