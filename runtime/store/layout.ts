import { join } from "node:path";
import type { Digest } from "../util/hash.ts";

/** The version of the store's format: the name of the folder below its root, and an input of every key. */
export const formatVersion = 1;

/** Where a store is unless somebody says otherwise; inside the sandbox too. */
export const usualStore = "/var/cache/phasecache";

/** A store that has been opened. */
export interface Store {
  /** The directory that the user named. */
  readonly root: string;
  /** The folder of this format version in it. */
  readonly base: string;
  /** For files that are not finished: on the same file system as everything else in the store. */
  readonly tmp: string;
  /** Whether it was opened for writing. */
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

/** What names a record: where it lies follows from these. */
export interface SnapshotRef {
  readonly package: string;
  readonly key: string;
  readonly id: string;
}

/** Where a blob lies, as components below `base`. */
export function blobParts(digest: Digest): [...string[], string] {
  return ["blobs", "sha256", digest.slice(0, 2), digest];
}

export function blobPath(store: Store, digest: Digest): string {
  return join(store.base, ...blobParts(digest));
}

/** `<key>.<id>`: all snapshots of a key are found by one look at the package's folder. */
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

/** Whether `text` can be the name of a package's folder: one component, not hidden, nothing to escape. */
export function isPackage(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z0-9+_%-][A-Za-z0-9+._%-]{0,199}$/.test(text);
}

/** The key and id in a record's file name, or null when it is not one. Only a hint: the header decides. */
export function parseRecordName(name: string): { key: string; id: string } | null {
  const [, key, id] = /^([0-9a-f]{64})\.([0-9a-f]{12})$/.exec(name) ?? [];
  return key === undefined || id === undefined ? null : { key, id };
}
