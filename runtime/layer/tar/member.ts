import type { ByteString } from "../../util/bytes.ts";
import type { EntryType } from "../index/layer-index.ts";
import { parsePaxTime } from "../index/mtime.ts";
import { isLayerPath, refused, rootOf } from "../index/paths.ts";
import type { Header } from "./header.ts";
import type { PaxRecords } from "./pax.ts";

/** One file of a tar stream, with its headers interpreted as tar does. */
export interface Member {
  path: ByteString;
  type: EntryType;
  mode: number;
  /** Bytes of the file. */
  size: number;
  /** Bytes of contents in the stream: fewer if the file is sparse. */
  stored: number;
  sparse: boolean;
  /** Nanoseconds since the epoch, in decimal. */
  mtime: string;
  target: ByteString;
}

const types: Record<string, EntryType> = { "0": "f", "1": "h", "2": "l", "5": "d", "6": "p" };

/**
 * Combines a header with the extended header before it.
 * @throws PhaseCacheError `refused` for anything that must never be written to disk: names that lead outside the roots,
 *   hard links to another root, devices, setuid and setgid bits, and ambiguous headers
 */
export function readMember(header: Header, pax: PaxRecords): Member {
  const name = pax.get("GNU.sparse.name") ?? pax.get("path") ?? header.name;
  const type = types[header.type];
  if (type === undefined) throw refused(name, "it is not a file, directory, link or fifo");
  // Tar would make a directory of any other type, too, whose name ends in a slash.
  const path = type === "d" ? name.replace(/\/$/, "") : name;
  if (!isLayerPath(path)) throw refused(path, "its name is not a path in a root");
  if (header.mode > 0o1777) throw refused(path, "it is setuid or setgid");
  const target = pax.get("linkpath") ?? header.link;
  const stored = decimal(pax.get("size"), header.size, path);
  const sparse = isSparse(pax, type, path);
  const size = sparse ? decimal(pax.get("GNU.sparse.realsize"), 0, path) : stored;
  if (type !== "f" && stored !== 0) throw refused(path, "it has contents but is not a file");
  if ((type === "l" || type === "h") !== (target !== ""))
    throw refused(path, "its link target is missing or unexpected");
  if (type === "h" && !(isLayerPath(target) && rootOf(target) === rootOf(path))) {
    throw refused(path, "it is a hard link to a file outside its root");
  }
  const mtime = pax.has("mtime") ? parsePaxTime(pax.get("mtime")!) : parsePaxTime(String(header.mtime));
  if (mtime === null) throw refused(path, "its time is malformed");
  return { path, type, mode: header.mode, size, stored, sparse, mtime, target };
}

function decimal(text: ByteString | undefined, fallback: number, path: ByteString): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,15}$/.test(text)) throw refused(path, "its size is malformed");
  return Number(text);
}

/** Whether a file is sparse. Layers use only GNU tar's sparse format 1.0 (its manual, "Storing Sparse Files"). */
function isSparse(pax: PaxRecords, type: EntryType, path: ByteString): boolean {
  const parts = ["major", "minor", "name", "realsize"].map((part) => pax.get(`GNU.sparse.${part}`));
  if (parts.every((part) => part === undefined)) return false;
  const [major, minor, name, realsize] = parts;
  if (type === "f" && major === "1" && minor === "0" && name !== undefined && realsize !== undefined)
    return true;
  throw refused(path, "it has an unsupported sparse format");
}
