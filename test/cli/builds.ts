import { statSync } from "node:fs";
import { onTestFinished } from "vitest";
import { encodeIndex } from "../../runtime/archive/layer-index.ts";
import type { Outputs } from "../../runtime/key/outputs.ts";
import { needlesOf } from "../../runtime/phase/needles.ts";
import { addBlob, putBlob } from "../../runtime/store/blobs.ts";
import type { Store } from "../../runtime/store/open.ts";
import type { LayerRef } from "../../runtime/store/record.ts";
import { bash, makeChain } from "../archive/rig.ts";

/** A build that saves a layer after each script; the scripts run in its build directory, `$out` is its output. */
export function makeBuild(store: Store, outputs: Outputs) {
  const chain = makeChain(needlesOf(outputs));
  onTestFinished(chain.remove);
  const layers: LayerRef[] = [];
  return {
    /** The layers through this one. */
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
