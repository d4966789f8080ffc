import { rmSync } from "node:fs";
import { encodeIndex } from "../archive/layer-index.ts";
import { type SavedLayer, saveLayer } from "../archive/save.ts";
import type { ShellState } from "../shell/index.ts";
import { type StagedBlob, stageBlob } from "../store/blobs.ts";
import type { BlobRef, FileRead, LayerRef, NameOrder } from "../store/record.ts";
import { differTrees, type FindSame, withParents } from "../tree/difference.ts";
import { Scan } from "../tree/scan.ts";
import type { ByteString } from "../util/bytes.ts";
import { stageInitial } from "./initial.ts";
import { patchedIn } from "./layers.ts";
import { orderNames } from "./name-order.ts";
import { needlesOf } from "./needles.ts";
import { readsOf, wantedNames } from "./reads.ts";
import { findSameContents } from "./same-contents.ts";
import type { Finished } from "./save.ts";

/** What a snapshot adds to the store, under its `tmp`. */
export interface Staged {
  /** What changed since the last snapshot; null when nothing did. */
  layer: LayerRef | null;
  /** Whether it has files that name an output. */
  namesOutputs: boolean;
  initial: BlobRef;
  blobs: StagedBlob[];
  /** What files of the layer name that no key shows. */
  reads: FileRead[];
  /** Layer paths of sockets and devices, as far as they are new: no layer can hold them. */
  skipped: ByteString[];
  /** What the snapshot says of the order of names. */
  order: NameOrder[];
}

/** A file's time may be so many milliseconds older than the clock says (a tick of the kernel's). */
const clockStep = 20;

/**
 * @param scan null when nothing changed
 * @param before the shell's state before the first phase
 * @throws PhaseCacheError `tool-failed` when tar gives up; nothing is left under `tmp` then
 */
export async function stageBlobs(finished: Finished, scan: Scan | null, before: ShellState): Promise<Staged> {
  const { store, state } = finished;
  const blobs: StagedBlob[] = [];
  const stage = (blob: StagedBlob): BlobRef => {
    blobs.push(blob);
    return { digest: blob.digest, size: blob.size };
  };
  try {
    const { saved, skipped, order } =
      scan === null ? { saved: null, skipped: [], order: state.order } : await writeLayer(finished, scan);
    let layer: LayerRef | null = null;
    if (saved !== null) {
      const { plainSize, index } = saved;
      layer = {
        ...stage(saved),
        plainSize,
        entries: index.entries.length,
        index: stage(stageBlob(store, encodeIndex(index))),
        outputs: state.outputs,
      };
    }
    const initial = state.initial ?? stage(stageInitial(store, before, state.buildTop));
    const namesOutputs = (saved?.index.classes.length ?? 0) > 0;
    const reads = readsOf(finished, saved?.uses ?? []);
    return { layer, namesOutputs, initial, blobs, skipped, order, reads };
  } catch (error) {
    for (const { path } of blobs) rmSync(path, { force: true });
    throw error;
  }
}

async function writeLayer(
  finished: Finished,
  scan: Scan,
): Promise<{ saved: SavedLayer | null; skipped: ByteString[]; order: NameOrder[] }> {
  const { store, session, state, tools, level } = finished;
  const before = Scan.decode(session.scan);
  const part = scan.since(before);
  const findSame: FindSame = (paths) => findSameContents(store, state, part.tree, paths);
  const difference = differTrees(part.before, part.tree, () => scan.tree, findSame);
  const { removed } = difference;
  const listed = withParents(difference.changed, () => scan.tree, state.directories);
  const whole = { before: state.layers.length === 0 ? null : () => before.tree, after: () => scan.tree };
  const parts = { before: part.before, after: part.tree };
  const { changed, order } = orderNames(state, { changed: listed, removed, ...parts, whole });
  if (changed.length === 0 && removed.length === 0) return { saved: null, skipped: part.skipped, order };
  const tree = changed.every((path) => part.tree.has(path)) ? part.tree : scan.tree;
  const saved = await saveLayer({
    roots: state.roots,
    tree,
    changed,
    removed,
    needles: needlesOf(state.outputs).map((bytes) => ({ bytes })),
    names: wantedNames(state, finished.index),
    outputPaths: Object.values(state.outputs),
    unpackers: tools,
    since: state.since - clockStep,
    patchedBefore: state.namesOutputs ? () => patchedIn(store, state.layers, state.outputs) : null,
    tar: tools.tar,
    level,
    temporary: store.tmp,
  });
  if (saved.treeChanged) scan.update(changed.map((path) => [path, tree.get(path)!]));
  return { saved, skipped: part.skipped, order };
}
