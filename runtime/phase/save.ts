import { diffStates, parseDump, type ShellState, trapsIn } from "../shell/index.ts";
import type { Store } from "../store/open.ts";
import { newHeader, type SnapshotHeader } from "../store/record.ts";
import { writeSnapshot } from "../store/snapshots.ts";
import { Scan, scanTree } from "../tree/scan.ts";
import { type ByteString, printable, toText } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
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
  /** The shell's dump as the phase left it. */
  dump: Uint8Array;
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
  /** Layer paths of new sockets and devices, which are in no snapshot. */
  skipped: ByteString[];
  /** Whether what changed names an output. */
  namesOutputs: boolean;
  /** Bytes that it added to the store, its record aside. */
  bytes: number;
  /** The shell as the phase left it. */
  shell: ShellState;
}

/**
 * Makes the snapshot of a phase that has just ended: blobs first, then the record.
 * @throws PhaseCacheError `unsupported` when the state can't be restored elsewhere, `tool-failed` when tar gives up
 */
export async function saveSnapshot(finished: Finished): Promise<Saved> {
  const { store, session, state, index } = finished;
  const now = parseDump(finished.dump);
  requireInside(now.cwd, state);
  // A failed phase is seen from inside the trap on EXIT, and is restored by no build.
  if (!finished.failed) requireTraps(trapsIn(session.initial), trapsIn(finished.dump));
  const before = parseDump(session.initial);
  const list = finished.listed === null ? null : readList(session.directory, finished.listed);
  const found = list === null ? scanTree(state.roots, finished.tools.find) : Scan.decode(list);
  const scan = found.isSame(session.scan) ? null : found;
  const change = diffStates(before, now);
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
  writeSnapshot(store, { header, body: { phases, keys, inputs, state: change, ran } }, staged.blobs);
  const bytes = staged.blobs.reduce((sum, { size }) => sum + size, 0);
  const { namesOutputs, skipped } = staged;
  return { header, scan, skipped, namesOutputs, shell: now, bytes };
}

/** The phases after one that ended outside the roots could not be run from there. */
function requireInside(cwd: string, { roots }: SessionState): void {
  if (roots.some(({ path }) => cwd === path || cwd.startsWith(`${path}/`))) return;
  throw new PhaseCacheError(
    "unsupported",
    `it left the shell in ${cwd}, outside the build directory and the outputs`,
  );
}

function requireTraps(before: ByteString, now: ByteString): void {
  if (before === now) return;
  const known = new Set(before.split("\n"));
  const changed = now.split("\n").find((line) => !known.has(line)) ?? "one was removed";
  throw new PhaseCacheError(
    "unsupported",
    `a trap was changed, which can't be restored: ${printable(toText(changed))}`,
  );
}
