import { join } from "node:path";
import type { Digest } from "../util/hash.ts";

/** The version of the store's format. It is part of the base folder's name, and an input of every key. */
export const formatVersion = 1;

/** The default location of the store, also inside the sandbox. */
export const usualStore = "/var/cache/phasecache";

/** An open store. */
export interface Store {
  /** The directory that the user named. */
  readonly root: string;
  /** The folder of this format version in `root`. */
  readonly base: string;
  /** The folder for unfinished files, on the store's file system. */
  readonly tmp: string;
  /** Whether the store was opened for writing. */
  readonly write: boolean;
}

/** Folders below `base`, parents first. */
export const folders = [
  "blobs",
  "blobs/sha256",
  "snapshots",
  "pins",
  "stats",
  "stats/hits",
  "stats/events",
  "tmp",
  "quarantine",
] as const;

/** Identifies a record, and determines its path. */
export interface SnapshotRef {
  readonly package: string;
  readonly key: string;
  readonly id: string;
}

/** Returns a blob's path as components below `base`. */
export function blobParts(digest: Digest): [...string[], string] {
  return ["blobs", "sha256", digest.slice(0, 2), digest];
}

export function blobPath(store: Store, digest: Digest): string {
  return join(store.base, ...blobParts(digest));
}

/** Returns a record's file name, `<key>.<id>`: one listing of the package's folder finds all snapshots of a key. */
export function recordName({ key, id }: SnapshotRef): string {
  return `${key}.${id}`;
}

export function recordPath(store: Store, ref: SnapshotRef): string {
  return join(store.base, "snapshots", ref.package, recordName(ref));
}

export function isId(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{12}$/.test(text);
}

export function isKey(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

/** Whether `text` can be the name of a package's folder: one component, not hidden, without characters to escape. */
export function isPackage(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z0-9+_%-][A-Za-z0-9+._%-]{0,199}$/.test(text);
}

/** Parses a record's file name; null for other names. The header must confirm the key and the id. */
export function parseRecordName(name: string): { key: string; id: string } | null {
  const [, key, id] = /^([0-9a-f]{64})\.([0-9a-f]{12})$/.exec(name) ?? [];
  return key === undefined || id === undefined ? null : { key, id };
}
