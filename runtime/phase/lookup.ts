import type { SourceLayer } from "../archive/restore.ts";
import type { Key } from "../key/chain.ts";
import { explainMiss, formatMiss } from "../key/explain.ts";
import { type Input, parseInputs } from "../key/input.ts";
import type { Outputs } from "../key/outputs.ts";
import { mergeChange, parseChange, type ShellState, type StatePlan } from "../shell/index.ts";
import type { Store } from "../store/open.ts";
import type { SnapshotHeader, SnapshotRecord } from "../store/record.ts";
import { findSnapshot, listHeaders, readSnapshot } from "../store/snapshots.ts";
import { PhaseCacheError } from "../util/error.ts";
import { closeLayers, findUnmovable, openLayers } from "./layers.ts";
import { relocator } from "./needles.ts";
import { findStaleState } from "./traces.ts";

/** What decides a lookup: the build as it stands before its first phase. */
export interface Question {
  store: Store;
  package: string;
  phases: readonly string[];
  keys: readonly Key[];
  inputs: readonly Input[];
  outputs: Outputs;
  initial: ShellState;
  /** Ids of snapshots that have proved useless in this build. */
  useless: ReadonlySet<string>;
}

/** Why a phase was not restored, in one word. */
export type Reason = "first-build" | "changed" | "state" | "unusable" | "gone";

/** A sentence for the user, and the word for the statistics. */
export interface Miss {
  text: string;
  reason: Reason;
}

/** A snapshot that can be restored; its layers are open, and the caller closes them. */
export interface Hit {
  index: number;
  record: SnapshotRecord;
  layers: SourceLayer[];
  state: StatePlan;
}

/** The deepest valid snapshot, if there is one, and why there is no deeper one. */
export interface Answer {
  hit: Hit | null;
  /** Null when the last phase that runs was found. */
  miss: Miss | null;
  /** Snapshots that should have served and could not, and why. */
  problems: string[];
  /** What differs from the build that was restored, for a snapshot that was pinned; null for one whose key matches. */
  differences: string[] | null;
}

/** Looks from the last phase backwards. What is wrong with a snapshot is a problem and a miss, never an error. */
export function lookUp(question: Question): Answer {
  const problems: string[] = [];
  let obstacle: Miss | null = null;
  for (let index = question.phases.length - 1; index >= 0; index--) {
    const phase = question.phases[index]!;
    const header = findSnapshot(question.store, question.package, question.keys[index]!, (id, reason) => {
      if (!question.useless.has(id)) problems.push(unusable({ id, phase }, new Error(reason)));
      obstacle ??= { text: `miss at ${phase}: its snapshot can't be used`, reason: "unusable" };
    });
    if (header === null) continue;
    try {
      if (question.useless.has(header.id)) throw new PhaseCacheError("damaged", "it could not be restored");
      const candidate = openSnapshot(question, header, index, false);
      if (!("conflict" in candidate)) {
        const miss = obstacle ?? explain(question, index + 1);
        return { hit: candidate, miss, problems, differences: null };
      }
      obstacle ??= { text: `miss at ${phase}: ${candidate.conflict}`, reason: "state" };
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      if (!question.useless.has(header.id)) problems.push(unusable(header, error));
      obstacle ??= { text: `miss at ${phase}: its snapshot can't be used`, reason: "unusable" };
    }
  }
  return { hit: null, miss: obstacle ?? explain(question, 0), problems, differences: null };
}

export function unusable({ id, phase }: Pick<SnapshotHeader, "id" | "phase">, { message }: Error): string {
  return `snapshot ${id} of ${phase} is not used: ${message}`;
}

/**
 * Reads a snapshot whole and opens its layers, or says why its state can't be applied to this build.
 * @param force take the snapshot's state where it conflicts with what this build starts with
 * @throws PhaseCacheError `damaged`, `refused` or `not-found`
 */
export function openSnapshot(
  question: Question,
  header: SnapshotHeader,
  index: number,
  force: boolean,
): Hit | { conflict: string } {
  const record = readSnapshot(question.store, header);
  // Now, while it can still be refused: they are needed when something has to be explained.
  parseInputs(record.body.inputs);
  const relocate = relocator(record.header.outputs, question.outputs);
  const change = parseChange(record.body.state);
  const { result, conflicts } = mergeChange(change, question.initial, { relocate, force });
  const [first] = conflicts;
  if (first !== undefined && !force) {
    const values = `${first.oldInitial ?? "nothing"} → ${first.newInitial ?? "nothing"}`;
    return {
      conflict: `a phase changed the ${first.kind} ${first.name}, which now starts as another: ${values}`,
    };
  }
  const stale = findStaleState(result, record.header.outputs, question.outputs);
  if (stale !== null) return { conflict: stale };
  const layers = openLayers(question.store, record, question.outputs);
  let unmovable: string | null = null;
  try {
    unmovable = findUnmovable(layers);
    if (unmovable === null) return { index, record, layers, state: result };
  } catch (error) {
    closeLayers(layers);
    throw error;
  }
  closeLayers(layers);
  return { conflict: unmovable };
}

/**
 * Why there is no snapshot from phase `from` on: compared with the package's newest one that agrees on the phases before,
 * else with its newest. Null when there is nothing to explain: no phase from there on ran in the build that is now
 * repeated.
 */
function explain(question: Question, from: number): Miss | null {
  if (from >= question.phases.length) return null;
  const newest = recordToCompare(question, from);
  if (newest === null) return { text: `no snapshots of ${question.package} yet`, reason: "first-build" };
  const { phases, keys, inputs } = newest.body;
  const miss = explainMiss(question, { phases, keys, inputs: parseInputs(inputs) });
  if (miss !== null) return { text: formatMiss(miss), reason: "changed" };
  const { header } = newest;
  if (header.phaseIndex < from) return null;
  if (header.failed) return { text: `miss at ${header.phase}: it failed when it last ran`, reason: "gone" };
  return { text: `miss at ${question.phases[from]}: its snapshot is not in the store`, reason: "gone" };
}

/** How many of the newest records are read to find one that agrees. */
const mostRecords = 32;

function recordToCompare({ store, package: name, keys }: Question, from: number): SnapshotRecord | null {
  let newest: SnapshotRecord | null = null;
  const { headers } = listHeaders(store, { package: name });
  for (const header of headers.sort((a, b) => b.created - a.created).slice(0, mostRecords)) {
    try {
      const record = readSnapshot(store, header);
      parseInputs(record.body.inputs);
      if (from === 0 || record.body.keys[from - 1] === keys[from - 1]) return record;
      newest ??= record;
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
    }
  }
  return newest;
}
