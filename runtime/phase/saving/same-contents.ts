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

/** What is read of a file at once; a frame of a layer is as long. */
const readBuffer = Buffer.allocUnsafeSlow(4 << 20);

/**
 * Those of these regular files that have the contents which the build's layers have of them. A phase that only ran
 * `chmod -R u+w` has changed the ctime of each file, and nothing else.
 * @param tree has the files as they are now
 */
export function findSameContents(
  store: Store,
  { layers: refs, outputs, roots }: Pick<SessionState, "layers" | "outputs" | "roots">,
  tree: Tree,
  paths: readonly ByteString[],
): Set<ByteString> {
  const same = new Set<ByteString>();
  // A hole may be longer than anybody wants to read.
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
    // What can't be compared counts as changed.
    if (!(error instanceof PhaseCacheError) && systemCode(error) === undefined) throw error;
  }
  return same;
}

/** The entry that has a path's contents; null when it is no regular file. */
function fileOf(saved: ReadonlyMap<ByteString, ResolvedEntry>, path: ByteString): ResolvedEntry | null {
  const found = saved.get(path);
  const file = found?.entry.type === "h" ? saved.get(found.entry.target) : found;
  return file?.entry.type === "f" ? file : null;
}

/** Whether a file has just these pieces; all of them are taken, or none is needed any more. */
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
