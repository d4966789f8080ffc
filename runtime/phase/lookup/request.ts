import type { Key, VariableUse } from "../../key/chain.ts";
import type { Outputs } from "../../key/derivation/outputs.ts";
import type { Input } from "../../key/input.ts";
import type { SourceLayer } from "../../layer/restore.ts";
import type { ShellState, StatePlan } from "../../shell/index.ts";
import type { Store } from "../../store/layout.ts";
import type { FileRead, SnapshotRecord } from "../../store/records/record.ts";
import type { Digest } from "../../util/hash.ts";
import type { StartRules } from "./start.ts";

/** What decides a lookup: the build as it stands before its first phase. */
export interface LookupRequest {
  store: Store;
  package: string;
  phases: readonly string[];
  /** Those of them that run and are saved unless something keeps them from it. */
  saved: readonly string[];
  keys: readonly Key[];
  inputs: readonly Input[];
  outputs: Outputs;
  initial: ShellState;
  uses: readonly VariableUse[];
  start: StartRules;
  /** What builds started with, by the digests of their blobs: those that were read already. */
  initials: Map<Digest, ShellState>;
  /** Ids of snapshots that have proved rejected in this build. */
  rejected: ReadonlySet<string>;
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
  /** What files of the layers name that no key shows, as this build has it. */
  reads: FileRead[];
}

/** The deepest valid snapshot, if there is one, and why there is no deeper one. */
export interface LookupResult {
  hit: Hit | null;
  /** Null when the last phase that runs was found. */
  miss: Miss | null;
  /** Snapshots that should have served and could not, and why. */
  problems: string[];
  /** What differs from the build that was restored, for a snapshot that was pinned; null for one whose key matches. */
  differences: string[] | null;
}
