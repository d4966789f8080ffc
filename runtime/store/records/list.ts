import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { damaged, PhaseCacheError, systemCode } from "../../util/error.ts";
import { readInto } from "../../util/files.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { readFlags } from "../fs/files.ts";
import { isPackage, parseRecordName, type SnapshotRef, type Store } from "../layout.ts";
import type { Problem } from "../problem.ts";
import type { SnapshotHeader } from "./header.ts";
import { decodeHeader, headerSize } from "./record.ts";

/** One page, into which almost every header fits. A longer one needs a second read. */
const page = Buffer.allocUnsafe(4096);

/** Lists the names in a directory; none if it does not exist or is not a directory. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

/** Lists all packages with a folder in the store, sorted. */
export function listPackages(store: Store): string[] {
  return namesIn(join(store.base, "snapshots")).filter(isPackage).sort();
}

/** Lists a package's records by their file names, without opening them. */
export function listRefs(store: Store, packageName: string): SnapshotRef[] {
  const refs: SnapshotRef[] = [];
  for (const name of namesIn(join(store.base, "snapshots", packageName))) {
    const parsed = parseRecordName(name);
    if (parsed !== null) refs.push({ package: packageName, ...parsed });
  }
  return refs;
}

/**
 * Reads the headers of all snapshots, or of one package's, oldest first. Reports unreadable records as problems. A
 * record that is removed in the meantime is in neither list.
 */
export function listHeaders(
  store: Store,
  options: { package?: string } = {},
): { headers: SnapshotHeader[]; problems: Problem[] } {
  const packages = options.package === undefined ? listPackages(store) : [options.package].filter(isPackage);
  const headers: SnapshotHeader[] = [];
  const problems: Problem[] = [];
  for (const name of packages) {
    for (const ref of listRefs(store, name)) {
      heartbeat();
      try {
        const header = readHeader(store, ref);
        if (header !== null) headers.push(header);
      } catch (error) {
        problems.push(problemOf(ref, error));
      }
    }
  }
  headers.sort((a, b) => a.created - b.created || a.phaseIndex - b.phaseIndex || (a.id < b.id ? -1 : 1));
  return { headers, problems };
}

/** Records written within this time are ordered by their headers, others by their files' mtimes; in milliseconds. */
const mtimeTolerance = 1000;

/**
 * Yields the headers of a package's snapshots, newest first. Sorts files by mtime, so that it reads only as many
 * records as requested. Skips unreadable records.
 * @param isWanted called before a record is read, and again before its header is yielded
 */
export function* newestHeaders(
  store: Store,
  packageName: string,
  isWanted: (ref: SnapshotRef) => boolean,
): Generator<SnapshotHeader> {
  const files = listRefs(store, packageName).flatMap((ref) => {
    const stat = lstatSync(`${store.base}/${relativePath(ref)}`, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ ref, time: stat.mtimeMs }];
  });
  files.sort((a, b) => b.time - a.time);
  for (let next = 0; next < files.length; ) {
    const first = next;
    while (next < files.length && files[first]!.time - files[next]!.time <= mtimeTolerance) next++;
    const headers = files
      .slice(first, next)
      .flatMap(({ ref }) => (isWanted(ref) ? headersOf(store, ref) : []));
    headers.sort((a, b) => b.created - a.created || b.phaseIndex - a.phaseIndex);
    for (const header of headers) if (isWanted(header)) yield header;
  }
}

function headersOf(store: Store, ref: SnapshotRef): SnapshotHeader[] {
  try {
    const header = readHeader(store, ref);
    return header === null ? [] : [header];
  } catch (error) {
    problemOf(ref, error);
    return [];
  }
}

/** Converts an error of reading a record to a problem. Rethrows values that are not errors. */
export function problemOf(ref: SnapshotRef, error: unknown): Problem {
  if (!(error instanceof Error)) throw error;
  const code = error instanceof PhaseCacheError ? "damaged-record" : "inaccessible";
  return { code, path: relativePath(ref), message: error.message };
}

function relativePath(ref: SnapshotRef): string {
  return `snapshots/${ref.package}/${ref.key}.${ref.id}`;
}

/**
 * Reads the header of one record, usually with a single read.
 * @returns null if there is no such record
 * @throws PhaseCacheError `damaged`
 */
export function readHeader(store: Store, ref: SnapshotRef): SnapshotHeader | null {
  let fd: number;
  try {
    fd = openSync(`${store.base}/${relativePath(ref)}`, readFlags);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw systemCode(error) === "ELOOP" ? damaged("it is a symlink") : error;
  }
  try {
    const read = page.subarray(0, readSync(fd, page, 0, page.length, 0));
    const size = headerSize(read);
    return requireNamed(decodeHeader(size <= read.length ? read : readMore(fd, size)), ref);
  } catch (error) {
    if (["EISDIR", "ESPIPE", "EAGAIN"].includes(systemCode(error) ?? ""))
      throw damaged("it is not a regular file", error);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function readMore(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  return bytes.subarray(0, readInto(fd, bytes, 0));
}

/** @throws PhaseCacheError `damaged` when a record's header does not match its path */
export function requireNamed(header: SnapshotHeader, ref: SnapshotRef): SnapshotHeader {
  if (header.package === ref.package && header.key === ref.key && header.id === ref.id) return header;
  throw damaged("it is the record of another snapshot");
}
