import type { Key } from "../../key/chain.ts";
import { postHookAt } from "../../key/code/split.ts";
import { explainMiss } from "../../key/explain.ts";
import { formatMiss } from "../../key/explain-text.ts";
import { parseInputs } from "../../key/input.ts";
import { type Conflict, mergeChange, parseChange, type ShellState } from "../../shell/index.ts";
import { readInitial } from "../../snapshot/initial-state.ts";
import { closeLayers, findNotRelocatable, openLayers } from "../../snapshot/layers.ts";
import { relocator } from "../../snapshot/patterns.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { listRefs, newestHeaders } from "../../store/records/list.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { newestOf, readSnapshot } from "../../store/snapshots.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";
import { groupBy } from "../../util/group.ts";
import { findRandomNameConflict, findReadConflict, readsNow } from "../reads.ts";
import { findStaleState } from "../stale-state.ts";
import type { Hit, LookupRequest, LookupResult, Miss } from "./request.ts";
import { compareStarts } from "./start.ts";
import { type RandomNames, withRandomNames } from "./start-places.ts";

/** Looks up snapshots from the last phase backwards. An unusable snapshot is a problem and a miss, never an error. */
export function lookUp(request: LookupRequest): LookupResult {
  const problems: string[] = [];
  let obstacle: Miss | null = null as Miss | null;
  const refs = groupBy(listRefs(request.store, request.package), ({ key }) => key);
  for (const { index, key } of possibleKeys(request)) {
    const phase = request.phases[index]!;
    const deeper = obstacle;
    const header = newestOf(request.store, refs.get(key) ?? [], (id, reason) => {
      if (!request.rejected.has(id)) problems.push(unusable({ id, phase }, new Error(reason)));
      obstacle ??= { text: `miss at ${phase}: its snapshot is unusable`, reason: "unusable" };
    });
    if (header === null) continue;
    try {
      if (request.rejected.has(header.id)) throw damaged("it could not be restored");
      const candidate = openSnapshot(request, header, index, false);
      if (!("conflict" in candidate)) {
        // A damaged snapshot of this same phase was no obstacle: another one of its key serves.
        const miss = deeper ?? explain(request, index + 1);
        return { hit: candidate, miss, problems, differences: null };
      }
      // If several snapshots conflict with the initial shell, the earliest one tells where the build has to begin.
      if (obstacle === null || obstacle.reason === "state")
        obstacle = { text: `miss at ${phase}: ${candidate.conflict}`, reason: "state" };
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      if (!request.rejected.has(header.id)) problems.push(unusable(header, error));
      obstacle ??= { text: `miss at ${phase}: its snapshot is unusable`, reason: "unusable" };
    }
  }
  return { hit: null, miss: obstacle ?? explain(request, 0), problems, differences: null };
}

/** The keys of snapshots that this build can restore, with the indexes of their phases, from the last phase backwards. */
function possibleKeys({ keys, otherKeys }: LookupRequest): { index: number; key: Key }[] {
  return keys
    .flatMap((key, index) => {
      const other = otherKeys[index] ?? null;
      return [...(other === null ? [] : [{ index, key: other }]), { index, key }];
    })
    .reverse();
}

export function unusable({ id, phase }: Pick<SnapshotHeader, "id" | "phase">, { message }: Error): string {
  return `snapshot ${id} of ${phase} is not used: ${message}`;
}

/**
 * Reads a snapshot and opens its layers, or returns the conflict that keeps it from being restored in this build.
 * @param force ignore conflicts with this build's initial shell and use the snapshot's state
 * @throws PhaseCacheError `damaged`, `refused` or `not-found`
 */
export function openSnapshot(
  request: LookupRequest,
  header: SnapshotHeader,
  index: number,
  force: boolean,
): Hit | { conflict: string } {
  const record = readSnapshot(request.store, header);
  const inputs = parseInputs(record.body.inputs);
  const relocateHashes = relocator(record.header.outputs, request.outputs);
  const { reads } = record.body;
  let randomNames: RandomNames = new Map();
  let warnings: string[] = [];
  const hook = postHookAt(request.phases, index);
  if (hook !== null && header.key === request.otherKeys[index] && record.body.endsAtHook === undefined)
    return { conflict: `it may not have called ${hook}, which is set now` };
  if (!force) {
    const saved = initialOf(request, header);
    if (saved === null || reads === undefined)
      return { conflict: "saved by an older version of phasecache, without the initial shell state" };
    const read = findReadConflict(reads, request, inputs, index);
    if (read !== null) return { conflict: read };
    const { late } = record.body;
    const starts = { saved, now: request.initial, inputs, late, relocate: relocateHashes };
    const difference = compareStarts(starts, request.start, index);
    if (difference.conflict !== null) return { conflict: difference.conflict };
    ({ randomNames, warnings } = difference);
  }
  const relocate = withRandomNames(relocateHashes, randomNames);
  const change = parseChange(record.body.state);
  const { result, conflicts } = mergeChange(change, request.initial, { relocate, force });
  const [first] = conflicts;
  if (first !== undefined && !force) return { conflict: conflictText(first) };
  const stale = findStaleState(result, record.header.outputs, request.outputs);
  if (stale !== null) return { conflict: stale };
  const layers = openLayers(request.store, record.header.layers, request.outputs);
  let conflict: string | null = null;
  try {
    conflict = findNotRelocatable(layers) ?? findRandomNameConflict(layers, reads ?? [], randomNames);
    if (conflict === null)
      return { index, record, layers, state: result, reads: readsNow(reads ?? [], request), warnings };
  } catch (error) {
    closeLayers(layers);
    throw error;
  }
  closeLayers(layers);
  return { conflict };
}

function conflictText({ kind, name, oldInitial, newInitial }: Conflict): string {
  const subject = kind === "variable" ? name : kind === "umask" ? "the umask" : `the ${kind} ${name}`;
  const values = `${oldInitial ?? "nothing"} → ${newInitial ?? "nothing"}`;
  return `an earlier phase modified ${subject}, whose initial value changed: ${values}`;
}

/** Reads the initial state of a snapshot, which all snapshots of a build share. */
function initialOf({ store, initials }: LookupRequest, header: SnapshotHeader): ShellState | null {
  if (header.initial === null) return null;
  const { digest } = header.initial;
  const state = initials.get(digest) ?? readInitial(store, header)!.state;
  initials.set(digest, state);
  return state;
}

/**
 * Explains why there is no snapshot from phase `from` on, by comparing with the package's newest snapshot that agrees on the
 * phases before, else with its newest. Null if there is nothing to explain: in the earlier build no phase ran from there on.
 */
function explain(request: LookupRequest, from: number): Miss | null {
  if (from >= request.phases.length) return null;
  const newest = recordToCompare(request, from);
  if (newest === null) return { text: `no snapshots of ${request.package} yet`, reason: "first-build" };
  const { header, body } = newest;
  const { phases, keys, inputs } = body;
  const miss = explainMiss(request, { phases, keys, inputs: parseInputs(inputs) });
  const unchanged = request.phases.slice(0, miss === null ? undefined : request.phases.indexOf(miss.phase));
  const missing = unchanged.findIndex((phase, i) => i >= from && request.saved.includes(phase));
  if (miss !== null && missing < 0) return { text: formatMiss(miss), reason: "changed" };
  if (miss === null && header.phaseIndex < from) return null;
  if (header.failed) return { text: `miss at ${header.phase}: it failed in the last build`, reason: "gone" };
  const phase = request.phases[missing < 0 ? from : missing]!;
  return { text: `miss at ${phase}: the store has no snapshot of it`, reason: "gone" };
}

/**
 * Returns the newest record that agrees on the phases before `from`, else the newest of all. Reads one record of each build
 * that does not agree: it has the keys of that build's other records.
 */
function recordToCompare(
  { store, package: name, keys, otherKeys }: LookupRequest,
  from: number,
): SnapshotRecord | null {
  let newest: SnapshotRecord | null = null;
  const differing = new Set<string>();
  for (const header of newestHeaders(store, name, ({ key }) => !differing.has(key))) {
    try {
      const record = readSnapshot(store, header);
      parseInputs(record.body.inputs);
      const before = record.body.keys[from - 1];
      if (from === 0 || before === keys[from - 1] || before === otherKeys[from - 1]) return record;
      newest ??= record;
      for (const key of record.body.keys) differing.add(key);
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
    }
  }
  return newest;
}
