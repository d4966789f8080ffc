import { diffStates, parseDump, type ShellState } from "../shell/index.ts";
import type { Store } from "../store/open.ts";
import { type FileRead, type NameOrder, newHeader, type SnapshotHeader } from "../store/record.ts";
import { writeSnapshot } from "../store/snapshots.ts";
import { isTemporary } from "../tree/entry.ts";
import { Scan, scanTree } from "../tree/scan.ts";
import type { ByteString } from "../util/bytes.ts";
import { readList, type Session, type SessionState } from "./session.ts";
import { stageBlobs } from "./stage.ts";
import type { Tools } from "./tools.ts";

/** What a call after a phase has to work with. */
export interface Finished {
  store: Store;
  session: Session;
  /** The session's state with the run of the phase that has just ended. */
  state: SessionState;
  tools: Tools;
  /** zstd's level. */
  level: number;
  /** The shell as the phase left it. */
  shell: ShellState;
  /** File descriptor from which "ok" comes when the hook has listed the files; null when it does not. */
  listed: number | null;
  /** Index of the phase. */
  index: number;
  failed: boolean;
}

/** A snapshot that now is in the store. */
export interface Saved {
  header: SnapshotHeader;
  /** What changed the tree; null when nothing did. */
  scan: Scan | null;
  /** What it says of the order of names. */
  order: NameOrder[];
  /** Layer paths of new sockets and devices, which are in no snapshot. */
  skipped: ByteString[];
  /** Whether what changed names an output. */
  namesOutputs: boolean;
  /** Bytes that it added to the store, its record aside. */
  bytes: number;
  /** What files of all its layers name that no key shows. */
  reads: FileRead[];
}

/**
 * Makes the snapshot of a phase that has just ended: blobs first, then the record.
 * @throws PhaseCacheError `tool-failed` when tar gives up
 */
export async function saveSnapshot(finished: Finished): Promise<Saved> {
  const { store, session, state, shell, index } = finished;
  const before = parseDump(session.initial);
  const list = finished.listed === null ? null : readList(session.directory, finished.listed);
  const found = list === null ? scanTree(state.roots, finished.tools.find) : completed(list, finished);
  const scan = found.isSame(session.scan) ? null : found;
  const change = diffStates(before, shell);
  const staged = await stageBlobs(finished, scan, before);
  const header = newHeader({
    key: state.keys[index]!,
    package: state.package,
    name: state.name,
    phase: state.phases[index]!,
    phaseIndex: index,
    created: Date.now(),
    duration: state.ran.at(-1)!.duration,
    total: state.ran.reduce((sum, { duration }) => sum + duration, 0),
    failed: finished.failed,
    layers: staged.layer === null ? state.layers : [...state.layers, staged.layer],
    initial: staged.initial,
    system: state.system,
    buildTop: state.buildTop,
    outputs: state.outputs,
    parent: state.parent,
  });
  const { phases, keys, inputs, ran } = state;
  const { order } = staged;
  const reads = [...state.reads, ...staged.reads];
  const body = { phases, keys, inputs, state: change, ran, reads, ...(order.length === 0 ? {} : { order }) };
  writeSnapshot(store, { header, body }, staged.blobs);
  const bytes = staged.blobs.reduce((sum, { size }) => sum + size, 0);
  const { namesOutputs, skipped } = staged;
  return { header, scan, order, skipped, namesOutputs, bytes, reads };
}

/** The hook's list, and what it does not list. */
function completed(list: Uint8Array, { state, tools }: Finished): Scan {
  const temporary = state.roots.filter(({ name }) => isTemporary(name));
  return Scan.decode(list).followedBy(scanTree(temporary, tools.find));
}
