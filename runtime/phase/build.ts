import { computeKeys, type Key } from "../key/chain.ts";
import { type Derivation, readDerivation } from "../key/derivation.ts";
import type { Input } from "../key/input.ts";
import { type Knobs, readKnobs } from "../key/knobs.ts";
import { packageName } from "../key/package.ts";
import type { Table } from "../key/table.ts";
import type { ShellState } from "../shell/index.ts";
import { openStore, type Store } from "../store/open.ts";
import { formatVersion } from "../store/layout.ts";
import type { Root } from "../tree/scan.ts";
import type { Outputs } from "./needles.ts";

/** Where the store is seen inside the sandbox, unless `phaseCacheDir` says otherwise. */
export const defaultStore = "/var/cache/phasecache";

/** A build as the hook found it before its first phase. */
export interface Build {
  store: Store;
  package: string;
  name: string;
  system: string;
  buildTop: string;
  phases: string[];
  keys: Key[];
  inputs: Input[];
  outputs: Outputs;
  roots: Root[];
  /** The phases after which a snapshot is saved. */
  saves: string[];
  quiet: boolean;
  strict: boolean;
  logFd: string;
}
