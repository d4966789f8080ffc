import type { Key, VariableUse } from "../../key/chain.ts";
import type { Outputs } from "../../key/derivation/outputs.ts";
import type { Input } from "../../key/input.ts";
import type { SourceLayer } from "../../layer/restore.ts";
import type { ShellState, StatePlan } from "../../shell/index.ts";
import type { Store } from "../../store/layout.ts";
import type { FileRead, SnapshotRecord } from "../../store/records/record.ts";
import type { Digest } from "../../util/hash.ts";
import type { StartRules } from "./starts.ts";

/** The arguments of a lookup: a build before its first phase. */
export interface LookupRequest {
  store: Store;
  package: string;
  phases: readonly string[];
  /** The phases that will run and are to be saved, unless an obstacle prevents it. */
  saved: readonly string[];
  keys: readonly Key[];
  /** See `Keys`. */
  otherKeys: readonly (Key | null)[];
  inputs: readonly Input[];
  outputs: Outputs;
  initial: ShellState;
  uses: readonly VariableUse[];
  start: StartRules;
  /** Cache of initial states, by the digests of their blobs. */
  initials: Map<Digest, ShellState>;
  /** Ids of snapshots that could not be restored in this build. */
  rejected: ReadonlySet<string>;
}

/** The kind of reason why a phase was not restored. */
export type Reason = "first-build" | "changed" | "state" | "unusable" | "gone";

/** Why a phase was not restored: a sentence for the user, and the kind for the statistics. */
export interface Miss {
  text: string;
  reason: Reason;
}

/** A snapshot that can be restored. Its layers are open; the caller closes them. */
export interface Hit {
  index: number;
  record: SnapshotRecord;
  layers: SourceLayer[];
  state: StatePlan;
  /** References in files of the layers that no key covers, with this build's digests. */
  reads: FileRead[];
  /** What may be wrong, one sentence each. */
  warnings: string[];
}

/** The result of a lookup: the deepest valid snapshot, if any, and why there is no deeper one. */
export interface LookupResult {
  hit: Hit | null;
  /** Null if the last phase that runs was found. */
  miss: Miss | null;
  /** Snapshots with a matching key that are unusable, and why. */
  problems: string[];
  /** For a pinned snapshot, the differences from the restored build; null for one whose key matches. */
  differences: string[] | null;
}
