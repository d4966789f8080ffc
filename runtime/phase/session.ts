import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@msgpack/msgpack";
import type { Outputs } from "../key/derivation/outputs.ts";
import type { BlobRef, LayerRef } from "../store/records/header.ts";
import type { FileRead, NameOrder } from "../store/records/record.ts";
import type { DirectoryOrder } from "../tree/directory-order.ts";
import type { ByteString } from "../util/bytes.ts";
import type { Build } from "./build.ts";
import type { Surroundings } from "./obstacles/surroundings.ts";

/** A phase that ran, and how long it took in milliseconds. */
export interface Run {
  phase: string;
  duration: number;
}

/** The state that the calls of one build share. */
export interface SessionState extends Omit<Build, "options" | "named" | "start"> {
  store: string;
  quiet: boolean;
  strict: boolean;
  /** Whether each phase is compared with its snapshot. */
  verify: boolean;
  /** Id of the newest snapshot of this build. */
  parent: string | null;
  layers: LayerRef[];
  /** Whether the layers contain references to an output. */
  namesOutputs: boolean;
  /** Layer paths of directories that existed before the first phase and before the restore. */
  directories: ByteString[];
  /** The order in which the file system of each root lists names. */
  directoryOrders: Record<string, DirectoryOrder>;
  /** The order of names for the next snapshot: see `SnapshotBody`. */
  order: NameOrder[];
  /** References in files of these layers that no key covers. */
  reads: FileRead[];
  /** This build's initial state, once a snapshot has been saved. */
  initial: BlobRef | null;
  /** Outputs of other builds whose files were restored: their hashes must not occur in this build's outputs. */
  relocatedFrom: Outputs[];
  /** Index of the first phase that has not run yet. */
  next: number;
  /** The highest index of a phase that ran inside another one; -1 for none. */
  nestedThrough: number;
  /** The surroundings of the shell before the first phase. */
  surroundings: Surroundings;
  /** The target of the log: see `Log`. */
  log: string | null;
  /** What has been reported already: obstacles, and helpers that are still running. */
  reported: string[];
  ran: Run[];
  /** When the previous call ended and the current phase began, in milliseconds since the epoch. */
  since: number;
}

/** A session as it is on disk. */
export interface Session {
  directory: string;
  state: SessionState;
  /** The shell's dump before the first phase. */
  initial: Uint8Array;
  /** The encoded scan of the roots at the previous call. */
  scan: Uint8Array;
}

/**
 * Creates a session. It lies in the sandbox's own /tmp, not in the store: no other build can write to it there, and it
 * disappears with the sandbox.
 */
export function createSession(state: SessionState, initial: Uint8Array, scan: Uint8Array): Session {
  const directory = mkdtempSync("/tmp/phasecache-");
  writeFileSync(join(directory, "initial"), initial);
  const session = { directory, state, initial, scan };
  updateSession(session, state, scan);
  return session;
}

/** Stores the state for the next call, and the encoded scan unless null. The next phase counts as begun now. */
export function updateSession({ directory }: Session, state: SessionState, scan: Uint8Array | null): void {
  if (scan !== null) writeFileSync(join(directory, "scan"), scan);
  writeFileSync(join(directory, "state"), encode({ ...state, since: Date.now() }));
}

export function readSession(directory: string): Session {
  const read = (name: string) => readFileSync(join(directory, name));
  return {
    directory,
    state: decode(read("state")) as SessionState,
    initial: read("initial"),
    scan: read("scan"),
  };
}

/** A phase that ran inside another one, as recorded by the hook. */
export interface Nested {
  /** Index of the outer phase. */
  outer: number;
  phase: string;
}

export function readNested({ directory }: Session): Nested[] {
  const path = join(directory, "nested");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\0").slice(0, -1);
  return lines.map((line) => {
    const space = line.indexOf(" ");
    return { outer: Number(line.slice(0, space)), phase: line.slice(space + 1) };
  });
}

/** Path of the hook's list of files, an encoded scan, in a session's directory. */
export function listPath(directory: string): string {
  return join(directory, "list");
}

/**
 * Reads the hook's list of files; null if it is incomplete.
 * @param listed file descriptor that "ok" arrives on when the list is complete
 */
export function readList(directory: string, listed: number): Uint8Array | null {
  return readFileSync(listed, "latin1") === "ok" ? readFileSync(listPath(directory)) : null;
}

export function endSession({ directory }: Session): void {
  rmSync(directory, { recursive: true, force: true });
}
