import type { Root } from "../tree/entry.ts";
import type { ByteString } from "../util/bytes.ts";
import type { Digest } from "../util/hash.ts";
import { findTimeShift, type TimeShift } from "../util/time-shift.ts";
import { openPool } from "./frames/pool.ts";
import { readFrames } from "./frames/reader.ts";
import { flattenLayers } from "./index/flatten.ts";
import { isDeferred, type LayerEntry, type LayerIndex } from "./index/layer-index.ts";
import { type NameOrders, nameOrders } from "./index/name-order.ts";
import { refused, rootOf } from "./index/paths.ts";
import { Patcher, type Replacements, relocateIndex } from "./relocation/patch.ts";
import { EntryChecker } from "./restoring/entry-checker.ts";
import { areWorthParallelTar } from "./restoring/parallel-tar.ts";
import { findRemovedPaths } from "./restoring/removed-paths.ts";
import { type Backup, Staging } from "./restoring/staging.ts";

/** A layer to read from. */
export interface SourceLayer extends Replacements {
  /** The blob, open for reading; its file position is neither used nor changed. */
  fd: number;
  digest: Digest;
  index: LayerIndex;
}

export interface RestoreResult {
  /** Number of entries in the final tree, directories included. */
  entries: number;
  /** Size of these entries in the tar streams, in bytes. */
  bytes: number;
  /** How times in the future were shifted; null if none was. */
  shift: TimeShift | null;
}

export interface RestoreOptions {
  /** Called with the number of bytes processed and the total. */
  progress?: ((done: number, total: number) => void) | undefined;
  /** Called with the existing files and directories that will be changed, before anything is moved into place. */
  backup?: Backup;
  /** The order of names in those directories for which `nameOrders` would derive another one. */
  order?: NameOrders;
}

/**
 * Restores the tree of some layers, oldest layer first, below `roots`. Writes each file once, into staging
 * directories, and renames them into place when the digests of all layers that were read have been verified. Existing
 * files in a root stay, unless the layers remove them. On any error, the roots are left unchanged.
 * @param tar absolute path of GNU tar
 * @throws PhaseCacheError `damaged` for a layer that does not match its digest or index, `refused` for one that must
 *   not be restored, `tool-failed` when tar fails
 */
export async function restoreLayers(
  layers: readonly SourceLayer[],
  roots: readonly Root[],
  tar: string,
  { progress, backup, order = new Map() }: RestoreOptions = {},
): Promise<RestoreResult> {
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const wanted: LayerEntry[][] = layers.map(() => []);
  const outside = (path: ByteString) => !roots.some(({ name }) => name === rootOf(path));
  const tree = flattenLayers(indexes);
  for (const [path, { layer, entry }] of tree) {
    if (outside(path)) throw refused(path, "this build has no such root");
    wanted[layer]!.push(entry);
  }
  for (const entries of wanted) entries.sort((a, b) => a.start - b.start);
  const all = wanted.flat();
  const bytes = streamSize(all);
  const parallel = areWorthParallelTar(all);
  const isLeftOut = (entry: LayerEntry) => parallel && isDeferred(entry);
  const total = streamSize(all.filter((entry) => !isLeftOut(entry)));
  const staging = new Staging(roots, tar, all, parallel);
  const shift = findTimeShift(all, Date.now());
  let done = 0;
  const advance = (count: number) => {
    done += count;
    progress?.(done, total);
  };
  try {
    for (const [i, layer] of layers.entries()) {
      if (wanted[i]!.length > 0) await extractLayer(layer, wanted[i]!, { staging, isLeftOut, advance });
    }
    await staging.finish(
      findRemovedPaths(indexes, roots),
      { shift, orders: () => nameOrders(indexes, tree, order) },
      backup,
    );
  } finally {
    await staging.close();
  }
  return { entries: all.length, bytes, shift };
}

async function extractLayer(
  layer: SourceLayer,
  entries: readonly LayerEntry[],
  to: { staging: Staging; isLeftOut: (entry: LayerEntry) => boolean; advance: (bytes: number) => void },
): Promise<void> {
  const pool = openPool(streamSize(entries));
  const checker = new EntryChecker(entries, new Patcher(layer.index.relocations, layer), to.isLeftOut);
  let writing: Promise<unknown> = Promise.resolve();
  try {
    const wants = (start: number, end: number) => checker.wants(start, end);
    for await (const frame of readFrames(layer, wants, pool)) {
      const writes: Promise<void>[] = [];
      for (const chunk of checker.check(frame)) {
        const write = to.staging.write(chunk);
        // Awaited later, or never if an earlier error ends the restore: no unhandled rejection then.
        write.catch(() => {});
        writes.push(write);
        to.advance(chunk.bytes.length);
      }
      await writing;
      writing = Promise.all(writes);
      writing.catch(() => {});
    }
    await writing;
  } finally {
    pool.close();
  }
}

function streamSize(entries: readonly LayerEntry[]): number {
  return entries.reduce((sum, { start, end }) => sum + end - start, 0);
}
