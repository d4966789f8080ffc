import { variablesOf } from "../../key/code/split.ts";
import { diffStates, parseDump, type Variable } from "../../shell/index.ts";
import { newHeader, type SnapshotHeader } from "../../store/records/header.ts";
import type { FileRead, NameOrder, SnapshotBody } from "../../store/records/record.ts";
import { writeSnapshot } from "../../store/snapshots.ts";
import { isTemporary, type Root } from "../../tree/entry.ts";
import { Scan } from "../../tree/find.ts";
import { scanTree } from "../../tree/scan.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { PhaseEnd } from "../context.ts";
import { readList } from "../session.ts";
import { type SaveContext, stageBlobs } from "./stage.ts";

/** A snapshot that has been written to the store. */
export interface Saved {
  header: SnapshotHeader;
  /** The scan; null if nothing has changed. */
  scan: Scan | null;
  /** The order of names in its directories. */
  order: NameOrder[];
  /** Layer paths of new sockets and devices, which snapshots leave out. */
  skipped: ByteString[];
  /** Whether its layer contains references to an output. */
  namesOutputs: boolean;
  /** Bytes added to the store, without the record. */
  bytes: number;
  /** References in files of all its layers that no key covers. */
  reads: FileRead[];
}

/**
 * Saves the snapshot of a phase that has just ended: blobs first, then the record.
 * @throws PhaseCacheError `tool-failed` when tar fails
 */
export async function saveSnapshot(end: PhaseEnd, context: SaveContext): Promise<Saved> {
  const { session, index, listed, tools } = end;
  const { store, state, shell } = context;
  const before = parseDump(session.initial);
  const list = listed === null ? null : readList(session.directory, listed);
  const found = list === null ? scanTree(state.roots, tools.find) : completed(list, state.roots, tools.find);
  const scan = found.isSame(session.scan) ? null : found;
  const change = diffStates(before, shell);
  const staged = await stageBlobs(end, context, scan, before);
  const header = newHeader({
    key: state.keys[index]!,
    package: state.package,
    name: state.name,
    phase: state.phases[index]!,
    phaseIndex: index,
    created: Date.now(),
    duration: state.ran.at(-1)!.duration,
    total: state.ran.reduce((sum, { duration }) => sum + duration, 0),
    failed: end.failed,
    layers: staged.layer === null ? state.layers : [...state.layers, staged.layer],
    initial: staged.initial,
    system: state.system,
    buildTop: state.buildTop,
    outputs: state.outputs,
    parent: state.parent,
  });
  const { phases, keys, inputs, late, ran } = state;
  const { order } = staged;
  const reads = [...state.reads, ...staged.reads];
  const body: SnapshotBody = { phases, keys, inputs, late, state: change, ran, reads };
  if (order.length > 0) body.order = order;
  if (endsAtUnsetHook(end, context)) body.endsAtHook = true;
  writeSnapshot(store, { header, body }, staged.blobs);
  const bytes = staged.blobs.reduce((sum, { size }) => sum + size, 0);
  const { namesOutputs, skipped } = staged;
  return { header, scan, order, skipped, namesOutputs, bytes, reads };
}

/** Whether the phase ended with the call of its post hook, and this hook had nothing to run. */
function endsAtUnsetHook({ index, endsAtHook }: PhaseEnd, { state, shell }: SaveContext): boolean {
  const hook = state.splits.find(({ phase }) => phase === state.phases[index])?.post ?? null;
  if (!endsAtHook || hook === null) return false;
  const isEmpty = ({ value }: Variable) =>
    value.kind === "unset" || (value.kind === "string" ? value.text : value.items).length === 0;
  const set = variablesOf(hook).flatMap((name) => shell.variables.get(name) ?? []);
  return !shell.functions.has(hook) && set.every(isEmpty);
}

/** Completes the hook's list with the temporary roots, which the hook does not list. */
function completed(list: Uint8Array, roots: readonly Root[], find: string): Scan {
  const temporary = roots.filter(({ name }) => isTemporary(name));
  return Scan.decode(list).concat(scanTree(temporary, find));
}
