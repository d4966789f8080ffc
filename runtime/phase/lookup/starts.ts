import type { VariableUse } from "../../key/chain.ts";
import type { Split } from "../../key/code/split.ts";
import type { Input } from "../../key/input.ts";
import type { LateInput } from "../../key/late-inputs.ts";
import type { Table } from "../../key/table.ts";
import type { ShellState } from "../../shell/index.ts";
import type { ByteString } from "../../util/bytes.ts";

/** What decides which differences between the initial shells of two builds with the same key are allowed. */
export interface StartRules {
  phases: readonly string[];
  splits: readonly Split[];
  /** The phases that their switches disable. */
  disabled: readonly string[];
  uses: readonly VariableUse[];
  late: readonly LateInput[];
  /** Attributes left out of every key. */
  ignored: readonly string[];
  table: Pick<Table, "dependencyLists" | "hookOptions" | "latePackages" | "perBuild">;
  storeDir: ByteString;
  /** phasecache's own store paths. */
  ownPaths: readonly ByteString[];
  buildTop: string;
}

/** The initial shells of the saved build and of this one. */
export interface Starts {
  saved: ShellState;
  now: ShellState;
  /** The inputs of the saved build. */
  inputs: readonly Input[];
  /** The late build inputs of the saved build; undefined in records of older versions. */
  late: readonly LateInput[] | undefined;
  /** Replaces the saved build's hashes by this build's. */
  relocate: (bytes: ByteString) => ByteString;
}
