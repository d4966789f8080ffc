import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@msgpack/msgpack";
import type { Key } from "../key/chain.ts";
import type { Input } from "../key/input.ts";
import type { LayerRef } from "../store/record.ts";
import type { Root } from "../tree/scan.ts";
import type { Outputs } from "./needles.ts";

/** A phase that ran, and how long it took in milliseconds. */
export interface Run {
  phase: string;
  duration: number;
}

/** What the calls of one build tell each other. */
export interface Session {
  store: string;
  package: string;
  name: string;
  system: string;
  buildTop: string;
  phases: string[];
  keys: Key[];
  inputs: Input[];
  outputs: Outputs;
  roots: Root[];
  quiet: boolean;
  strict: boolean;
  logFd: string;
  /** The newest snapshot of this build: its id and layers. */
  parent: string | null;
  layers: LayerRef[];
  /** The outputs of the build that the restored layers came from, while they are to be searched for leftovers. */
  relocatedFrom: Outputs | null;
  /** Index of the first phase that has not run yet. */
  next: number;
  ran: Run[];
  /** When the call before this one ended, milliseconds since the epoch: when the phase that now runs began. */
  since: number;
}

/**
 * The session's directory holds `session` (this record), `initial` (the shell's dump at the plan) and `tree` (the
 * encoded tree as the last call left it). It lies in the sandbox's own /tmp, not in the store: no other build can
 * write to it, and it is gone with the sandbox.
 */
export function createSession(session: Session, initial: Uint8Array, tree: Uint8Array): string {
  const directory = mkdtempSync("/tmp/phasecache-");
  writeFileSync(join(directory, "initial"), initial);
  updateSession(directory, session, tree);
  return directory;
}

export function updateSession(directory: string, session: Session, tree: Uint8Array): void {
  writeFileSync(join(directory, "tree"), tree);
  writeFileSync(join(directory, "session"), encode({ ...session, since: Date.now() }));
}

export function readSession(directory: string): { session: Session; initial: Buffer; tree: Buffer } {
  return {
    session: decode(readFileSync(join(directory, "session"))) as Session,
    initial: readFileSync(join(directory, "initial")),
    tree: readFileSync(join(directory, "tree")),
  };
}

export function endSession(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
