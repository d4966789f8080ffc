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
import { type Keep, Staging } from "./restoring/staging.ts";

/** A layer that can be read. */
export interface SourceLayer extends Replacements {
  /** The blob, open for reading; its position does not matter. */
  fd: number;
  digest: Digest;
  index: LayerIndex;
}

export interface Restored {
  /** Files of the final tree, directories included. */
  entries: number;
  /** Bytes of their tar streams. */
  bytes: number;
  /** What was done to times that lie in the future; null for nothing. */
  shift: TimeShift | null;
}

export interface RestoreOptions {
  /** Told how many bytes are done, of how many. */
  progress?: ((done: number, total: number) => void) | undefined;
  /** Told, before anything is moved into place, which files and directories stand there already. */
  keep?: Keep;
  /** How directories list their names, where that is not as `nameOrders` finds out by itself. */
  order?: NameOrders;
}

/**
 * Brings back the tree that layers make, oldest layer first, below `roots`. Each file is written once, into staging
 * directories, which are renamed into place after all of the layers that were read have proved to be what their digests
 * say. What is in a root already stays, unless it is gone in the tree. Whatever goes wrong, the roots are left as they were.
 * @param tar absolute path of GNU tar
 * @throws PhaseCacheError `damaged` for a layer that is not what it was, `refused` for one that must not be restored,
 *   `tool-failed` when tar fails
 */
export async function restoreLayers(
  layers: readonly SourceLayer[],
  roots: readonly Root[],
  tar: string,
  { progress, keep, order = new Map() }: RestoreOptions = {},
): Promise<Restored> {
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const wanted: LayerEntry[][] = layers.map(() => []);
  const outside = (path: ByteString) => !roots.some(({ name }) => name === rootOf(path));
  const live = flattenLayers(indexes);
  for (const [path, { layer, entry }] of live) {
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
      { shift, orders: () => nameOrders(indexes, live, order) },
      keep,
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
      for (const run of checker.check(frame)) {
        const write = to.staging.write(run);
        // It is waited for later, or never when something is bad before.
        write.catch(() => {});
        writes.push(write);
        to.advance(run.bytes.length);
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
