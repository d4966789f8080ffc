import { explainMiss, formatMiss } from "../key/explain.ts";
import type { Input } from "../key/input.ts";
import type { Key } from "../key/chain.ts";
import { parseInputs } from "../key/input.ts";
import { type Merged, mergeChange, parseChange, type ShellState } from "../shell/index.ts";
import type { Store } from "../store/open.ts";
import type { SnapshotHeader, SnapshotRecord } from "../store/record.ts";
import { findSnapshot, listHeaders, readSnapshot } from "../store/snapshots.ts";
import { PhaseCacheError } from "../util/error.ts";
import { type Outputs, relocator } from "./needles.ts";
import { type OpenLayer, closeLayers, openLayers } from "./layers.ts";

/** What decides a lookup: the build as it stands before its first phase. */
export interface Question {
  store: Store;
  package: string;
  phases: string[];
  keys: Key[];
  inputs: Input[];
  outputs: Outputs;
  initial: ShellState;
}

/** A snapshot that can be restored; its layers are open, so that a concurrent gc does no harm. Close them. */
export interface Hit {
  index: number;
  record: SnapshotRecord;
  layers: OpenLayer[];
  state: Merged;
}

/** The deepest valid snapshot, if there is one, and why there is no deeper one. */
export interface Answer {
  hit: Hit | null;
  /** Null when the last phase's snapshot was found. */
  miss: string | null;
  /** Snapshots that should have served and could not: damaged ones, for example. */
  problems: string[];
}

/** Looks from the last phase backwards. Never throws for what the store holds: that is a problem, and a miss. */
export function lookUp(question: Question): Answer {
  const problems: string[] = [];
  let obstacle: string | null = null;
  for (let index = question.phases.length - 1; index >= 0; index--) {
    const header = findSnapshot(question.store, question.package, question.keys[index]!);
    if (header === null) continue;
    try {
      const candidate = open(question, header, index);
      if ("conflict" in candidate) {
        obstacle ??= `miss at ${question.phases[index]}: ${candidate.conflict}`;
        continue;
      }
      const last = index === question.phases.length - 1;
      return { hit: candidate, miss: last ? null : (obstacle ?? explain(question, index + 1)), problems };
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      problems.push(`snapshot ${header.id} of ${header.phase} is not used: ${error.message}`);
      obstacle ??= `miss at ${question.phases[index]}: its snapshot is damaged`;
    }
  }
  return { hit: null, miss: obstacle ?? explain(question, 0), problems };
}

/** Reads a snapshot whole and opens its layers, or says why its state can't be applied to this build. */
function open(question: Question, header: SnapshotHeader, index: number): Hit | { conflict: string } {
  const record = readSnapshot(question.store, header);
  const relocate = relocator(record.header.outputs, question.outputs);
  const state = mergeChange(parseChange(record.body.state), question.initial, { relocate, force: false });
  const conflict = state.conflicts[0];
  if (conflict !== undefined) {
    return { conflict: `${conflict.name} was changed by a phase, and this build starts with another value of it` };
  }
  return { index, record, layers: openLayers(question.store, record, question.outputs), state };
}

/** Why there is no snapshot from phase `from` on: compared with the package's newest one. */
function explain(question: Question, from: number): string {
  const newest = newestRecord(question);
  if (newest === null) return `miss at ${question.phases[0]}: no snapshots of ${question.package} yet`;
  const difference = explainMiss(question, {
    phases: newest.body.phases,
    keys: newest.body.keys,
    inputs: parseInputs(newest.body.inputs),
  });
  if (difference === null) return `miss at ${question.phases[from]}: its snapshot is not in the store`;
  return formatMiss(difference);
}

function newestRecord(question: Question): SnapshotRecord | null {
  const { headers } = listHeaders(question.store, { package: question.package });
  const usable = headers.filter(({ failed }) => !failed).sort((a, b) => b.created - a.created);
  for (const header of usable) {
    try {
      return readSnapshot(question.store, header);
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
    }
  }
  return null;
}
