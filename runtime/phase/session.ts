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

/** What the calls of one build tell each other. */
export interface SessionState extends Omit<Build, "options" | "named" | "start"> {
  store: string;
  quiet: boolean;
  strict: boolean;
  /** Whether each phase is compared with its snapshot. */
  verify: boolean;
  /** The newest snapshot of this build: its id and layers. */
  parent: string | null;
  layers: LayerRef[];
  /** Whether any of the layers has files that name an output. */
  namesOutputs: boolean;
  /** Layer paths of directories that were there before the first phase and before anything was restored. */
  directories: ByteString[];
  /** How the file systems of roots list names, by the roots' names. */
  directoryOrders: Record<string, DirectoryOrder>;
  /** What the next snapshot says of the order of names: see `SnapshotBody`. */
  order: NameOrder[];
  /** What files of these layers name that no key shows. */
  reads: FileRead[];
  /** This build's initial state, once a snapshot has been saved. */
  initial: BlobRef | null;
  /** Outputs of other builds, whose files were restored: their hashes have no business in this build's outputs. */
  relocatedFrom: Outputs[];
  /** Index of the first phase that has not run yet. */
  next: number;
  /** The highest index of a phase that ran inside another one; -1 for none. */
  nestedThrough: number;
  /** What was around the shell before the first phase. */
  surroundings: Surroundings;
  /** Where the log leads: see `openMessages`. */
  log: string | null;
  /** What need not be reported again: reasons why phases are not saved, programs that still run. */
  reported: string[];
  ran: Run[];
  /** When the call before this one ended, milliseconds since the epoch: when the phase that now runs began. */
  since: number;
}

/** A session as it is on disk. */
export interface Session {
  directory: string;
  state: SessionState;
  /** The shell's dump at the plan. */
  initial: Uint8Array;
  /** The scan of the roots as the last call left them, encoded. */
  scan: Uint8Array;
}

/**
 * Starts a session, in the sandbox's own /tmp and not in the store: no other build can write to it there, and it is gone
 * with the sandbox.
 */
export function createSession(state: SessionState, initial: Uint8Array, scan: Uint8Array): Session {
  const directory = mkdtempSync("/tmp/phasecache-");
  writeFileSync(join(directory, "initial"), initial);
  const session = { directory, state, initial, scan };
  updateSession(session, state, scan);
  return session;
}

/** Keeps `state`, and the encoded scan if it found changes, for the next call; the time of the next phase counts from now. */
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

/** Phases that ran inside another one, as the hook has noted them. */
export interface Nested {
  /** Index of the phase around it. */
  outer: number;
  phase: string;
}

export function readNested({ directory }: Session): Nested[] {
  const path = join(directory, "nested");
  if (!existsSync(path)) return [];
  const restoredLines = readFileSync(path, "utf8").split("\0").slice(0, -1);
  return restoredLines.map((note) => {
    const space = note.indexOf(" ");
    return { outer: Number(note.slice(0, space)), phase: note.slice(space + 1) };
  });
}

/** Where the hook puts its list of the files, an encoded scan, in a session's directory. */
export function listPath(directory: string): string {
  return join(directory, "list");
}

/**
 * The hook's list of the files, or null if it is not whole.
 * @param listed file descriptor from which "ok" comes when it is
 */
export function readList(directory: string, listed: number): Uint8Array | null {
  return readFileSync(listed, "latin1") === "ok" ? readFileSync(listPath(directory)) : null;
}

export function endSession({ directory }: Session): void {
  rmSync(directory, { recursive: true, force: true });
}
