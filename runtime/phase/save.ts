import { encodeIndex } from "../archive/index.ts";
import { saveLayer } from "../archive/save.ts";
import { diffStates, parseDump } from "../shell/index.ts";
import { addBlob, putBlob } from "../store/blobs.ts";
import type { Store } from "../store/open.ts";
import { type LayerRef, newHeader, type SnapshotHeader } from "../store/record.ts";
import { writeSnapshot } from "../store/snapshots.ts";
import { differTrees } from "../tree/difference.ts";
import { scanTree, type Tree } from "../tree/scan.ts";
import { PhaseCacheError } from "../util/error.ts";
import { needlesOf } from "./needles.ts";
import type { Session } from "./session.ts";
import type { Tools } from "./tools.ts";

/** What a call after a phase has to work with. */
export interface Finished {
  store: Store;
  session: Session;
  tools: Tools;
  /** zstd's level, from the store's config. */
  level: number;
  /** The shell's dumps at the plan, and now. */
  initial: Uint8Array;
  dump: Uint8Array;
  /** The tree as the snapshot before this one has it. */
  before: Tree;
  /** Index of the phase that has just ended, and whether it failed. */
  index: number;
  failed: boolean;
}

/** A snapshot that now is in the store. */
export interface Saved {
  header: SnapshotHeader;
  tree: Tree;
  /** Bytes that this snapshot added to the store. */
  bytes: number;
  /** Sockets and the like, which no layer holds. */
  skipped: string[];
}

/**
 * Makes the snapshot of a phase that has just ended: blobs first, then the record.
 * @throws PhaseCacheError `unsupported` when the state can't be restored elsewhere, `tool-failed` when tar gives up
 */
export async function saveSnapshot(finished: Finished): Promise<Saved> {
  const { store, session, index } = finished;
  const now = parseDump(finished.dump);
  requireInside(now.cwd, session);
  const { tree, skipped } = await scanTree(session.roots, finished.tools);
  const layer = await addLayer(finished, tree);
  const layers = layer === null ? session.layers : [...session.layers, layer];
  const header = newHeader({
    key: session.keys[index]!,
    package: session.package,
    name: session.name,
    phase: session.phases[index]!,
    phaseIndex: index,
    created: Date.now(),
    duration: session.ran.at(-1)?.duration ?? 0,
    total: session.ran.reduce((sum, { duration }) => sum + duration, 0),
    failed: finished.failed,
    layers,
    system: session.system,
    buildTop: session.buildTop,
    outputs: session.outputs,
    parent: session.parent,
  });
  writeSnapshot(store, {
    header,
    body: {
      phases: session.phases,
      keys: session.keys,
      inputs: session.inputs,
      state: diffStates(parseDump(finished.initial), now),
      ran: session.ran,
    },
  });
  return { header, tree, skipped, bytes: layer === null ? 0 : layer.size + layer.index.size };
}

/** The layer of what changed since the last snapshot, put into the store; null when nothing did. */
async function addLayer(finished: Finished, tree: Tree): Promise<LayerRef | null> {
  const { store, session } = finished;
  const { changed, removed } = differTrees(finished.before, tree);
  if (changed.length === 0 && removed.length === 0) return null;
  const layer = await saveLayer({
    roots: session.roots,
    tree,
    changed,
    removed,
    needles: needlesOf(session.outputs),
    tar: finished.tools.tar,
    level: finished.level,
    temporary: store.tmp,
  });
  addBlob(store, layer.path, layer.digest);
  const bytes = encodeIndex(layer.index);
  return {
    digest: layer.digest,
    size: layer.size,
    plainSize: layer.plainSize,
    entries: layer.index.entries.length,
    index: { digest: putBlob(store, bytes), size: bytes.length },
    outputs: session.outputs,
  };
}

/** A working directory outside the roots is in no snapshot: the phases after it could not be run from there. */
function requireInside(cwd: string, session: Session): void {
  const inside = session.roots.some(({ path }) => cwd === path || cwd.startsWith(`${path}/`));
  if (inside) return;
  throw new PhaseCacheError("unsupported", `the phase left the shell in ${cwd}, outside the build directory`);
}
