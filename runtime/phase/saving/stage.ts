import { rmSync } from "node:fs";
import { encodeIndex } from "../../layer/index/codec.ts";
import { type SavedLayer, saveLayer } from "../../layer/save.ts";
import type { ShellState } from "../../shell/index.ts";
import { stageInitial } from "../../snapshot/initial-state.ts";
import { patchedIn } from "../../snapshot/layers.ts";
import { orderNames } from "../../snapshot/name-order.ts";
import { patternsOf } from "../../snapshot/patterns.ts";
import { type StagedBlob, stageBlob } from "../../store/blobs.ts";
import type { Store } from "../../store/layout.ts";
import type { BlobRef, LayerRef } from "../../store/records/header.ts";
import type { FileRead, NameOrder } from "../../store/records/record.ts";
import { diffTrees, type FindSameContents, withParents } from "../../tree/diff.ts";
import { Scan } from "../../tree/find.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { PhaseEnd } from "../context.ts";
import { readsOf, wantedNames } from "../reads.ts";
import type { SessionState } from "../session.ts";
import { findSameContents } from "./same-contents.ts";

/** What a save needs besides the `PhaseEnd`. */
export interface SaveContext {
  store: Store;
  /** The session's state, with the run of the phase that has just ended. */
  state: SessionState;
  /** The compression level of zstd. */
  level: number;
  /** The shell state after the phase. */
  shell: ShellState;
}

/** The staged blobs of a snapshot, in the store's `tmp`, and what the record needs of them. */
export interface Staged {
  /** The changes since the last snapshot; null if there are none. */
  layer: LayerRef | null;
  /** Whether the layer contains references to an output. */
  namesOutputs: boolean;
  initial: BlobRef;
  blobs: StagedBlob[];
  /** References in files of the layer that no key covers. */
  reads: FileRead[];
  /** Layer paths of new sockets and devices, which a layer can't hold. */
  skipped: ByteString[];
  /** The order of names in the snapshot's directories. */
  order: NameOrder[];
}

/** The kernel's clock for file times advances in ticks: a file's time may be this many milliseconds behind. */
const clockStep = 20;

/**
 * Writes the blobs of a snapshot to the store's `tmp`.
 * @param scan null if nothing has changed
 * @param before the shell's state before the first phase
 * @throws PhaseCacheError `tool-failed` when tar fails; the blobs are removed then
 */
export async function stageBlobs(
  end: PhaseEnd,
  context: SaveContext,
  scan: Scan | null,
  before: ShellState,
): Promise<Staged> {
  const { store, state } = context;
  const blobs: StagedBlob[] = [];
  const stage = (blob: StagedBlob): BlobRef => {
    blobs.push(blob);
    return { digest: blob.digest, size: blob.size };
  };
  try {
    const { saved, skipped, order } =
      scan === null ? { saved: null, skipped: [], order: state.order } : await writeLayer(end, context, scan);
    let layer: LayerRef | null = null;
    if (saved !== null) {
      const { plainSize, index } = saved;
      layer = {
        ...stage(saved),
        plainSize,
        entries: index.metadata.length + index.entries.length,
        index: stage(stageBlob(store, encodeIndex(index))),
        outputs: state.outputs,
      };
    }
    const initial = state.initial ?? stage(stageInitial(store, before, state.buildTop));
    const namesOutputs = (saved?.index.classes.length ?? 0) > 0;
    const reads = readsOf(state, end.index, saved?.uses ?? []);
    return { layer, namesOutputs, initial, blobs, skipped, order, reads };
  } catch (error) {
    for (const { path } of blobs) rmSync(path, { force: true });
    throw error;
  }
}

async function writeLayer(
  { session, index, tools }: PhaseEnd,
  { store, state, level }: SaveContext,
  scan: Scan,
): Promise<{ saved: SavedLayer | null; skipped: ByteString[]; order: NameOrder[] }> {
  const before = Scan.decode(session.scan);
  const part = scan.since(before);
  const findSame: FindSameContents = (suspects) => findSameContents(store, state, part.tree, suspects);
  const difference = diffTrees(part.before, part.tree, () => scan.tree, findSame);
  const { removed, sameContents } = difference;
  const listed = withParents(difference.changed, () => scan.tree, state.directories);
  const all = { before: state.layers.length === 0 ? null : () => before.tree, after: () => scan.tree };
  const parts = { before: part.before, after: part.tree };
  const { changed, order } = orderNames(state, { changed: listed, removed, ...parts, all });
  if (changed.length === 0 && removed.length === 0) return { saved: null, skipped: part.skipped, order };
  const tree = changed.every((path) => part.tree.has(path)) ? part.tree : scan.tree;
  const saved = await saveLayer({
    roots: state.roots,
    tree,
    changed,
    removed,
    sameContents: new Set([...sameContents].flatMap(([path, entry]) => (path === entry ? [path] : []))),
    patterns: patternsOf(state.outputs).map((bytes) => ({ bytes })),
    names: wantedNames(state, index),
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
