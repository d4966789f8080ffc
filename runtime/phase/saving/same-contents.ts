import { closeSync, openSync, readSync } from "node:fs";
import { flattenLayers, type ResolvedEntry } from "../../layer/index/flatten.ts";
import { readContents } from "../../layer/read.ts";
import { relocateIndex } from "../../layer/relocation/patch.ts";
import { closeLayers, openLayers } from "../../snapshot/layers.ts";
import type { Store } from "../../store/layout.ts";
import { detailsOf, diskPath, isSparse, type Tree } from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import { groupBy } from "../../util/group.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import type { SessionState } from "../session.ts";

/** Buffer for reading files, as long as a frame of a layer. */
const readBuffer = Buffer.allocUnsafeSlow(4 << 20);

/**
 * Returns those of these regular files whose contents equal the contents in the build's layers. After `chmod -R u+w`, for
 * example, only the ctime of each file differs.
 * @param tree the current files
 */
export function findSameContents(
  store: Store,
  { layers: refs, outputs, roots }: Pick<SessionState, "layers" | "outputs" | "roots">,
  tree: Tree,
  paths: readonly ByteString[],
): Set<ByteString> {
  const same = new Set<ByteString>();
  // Holes may be too long to read.
  const dense = paths.filter((path) => !isSparse(tree.get(path)!));
  if (dense.length === 0 || refs.length === 0) return same;
  try {
    const layers = openLayers(store, refs, outputs);
    try {
      const saved = flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
      const files = dense.flatMap((path) => {
        const file = fileOf(saved, path);
        return file?.entry.size === detailsOf(tree.get(path)!).size ? [{ path, ...file }] : [];
      });
      for (const [layer, own] of groupBy(files, (file) => file.layer)) {
        const names = groupBy(own, ({ entry }) => entry);
        const entries = [...names.keys()].sort((a, b) => a.start - b.start);
        for (const { entry, contents } of readContents(layers[layer]!, entries)) {
          const [first] = names.get(entry)!;
          if (!hasContents(diskPath(roots, first!.path), contents)) continue;
          for (const { path } of names.get(entry)!) same.add(path);
        }
      }
    } finally {
      closeLayers(layers);
    }
  } catch (error) {
    // Files that can't be compared count as changed.
    if (!(error instanceof PhaseCacheError) && systemCode(error) === undefined) throw error;
  }
  return same;
}

/** The entry with the contents of a path; null if it is not a regular file. */
function fileOf(saved: ReadonlyMap<ByteString, ResolvedEntry>, path: ByteString): ResolvedEntry | null {
  const found = saved.get(path);
  const file = found?.entry.type === "h" ? saved.get(found.entry.target) : found;
  return file?.entry.type === "f" ? file : null;
}

/** Whether a file consists of exactly these pieces. Stops at the first difference. */
function hasContents(path: Buffer, pieces: Iterable<Buffer>): boolean {
  const fd = openSync(path, "r");
  try {
    for (const piece of pieces) {
      heartbeat();
      for (let at = 0; at < piece.length; ) {
        const length = readSync(fd, readBuffer, 0, Math.min(readBuffer.length, piece.length - at), null);
        if (length === 0 || piece.compare(readBuffer, 0, length, at, at + length) !== 0) return false;
        at += length;
      }
    }
    return readSync(fd, readBuffer, 0, 1, null) === 0;
  } finally {
    closeSync(fd);
  }
}
