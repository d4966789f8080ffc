import { encode } from "@msgpack/msgpack";
import type { Key } from "../../key/chain.ts";
import type { ByteString } from "../../util/bytes.ts";
import { finite, list, matching, object, text } from "../../util/encoding/fields.ts";
import { unpack } from "../../util/encoding/msgpack.ts";
import { damaged } from "../../util/error.ts";
import { type Digest, isDigest, sha256 } from "../../util/hash.ts";
import { isKey } from "../layout.ts";
import type { SnapshotHeader } from "./header.ts";
import { packHeader, unpackHeader } from "./header-codec.ts";

/** What only a restore or an explanation needs. */
export interface SnapshotBody {
  /** The build's phases, and the key of each. */
  phases: string[];
  keys: Key[];
  /** What the keys were made of. Whoever uses it validates it. */
  inputs: unknown;
  /** What the phases changed in the shell. Whoever uses it validates it. */
  state: unknown;
  /** The phases that ran, and how long each took in milliseconds. */
  ran: { phase: string; duration: number }[];
  /** Directories, and the names in each in the order in which they came there, where the layers do not tell that. */
  order?: NameOrder[];
  /** What files of its layers name that no key shows, in the order of saving. A phasecache that did not look has none. */
  reads?: FileRead[];
}

/** A file that reads a variable which matters only later, or that names a place which a setup hook made at random. */
export interface FileRead {
  /** The variable's name, or the place's in the build directory. */
  name: ByteString;
  kind: "variable" | "place";
  /** Layer path. */
  file: ByteString;
  /** Index of the phase whose layer has the file. */
  phase: number;
  /** Of the variable's value in this build; null where the derivation does not have it, and for a place. */
  digest: Digest | null;
}

/** The layer path of a directory, and names in it. */
export type NameOrder = [directory: ByteString, names: ByteString[]];

export interface SnapshotRecord {
  header: SnapshotHeader;
  body: SnapshotBody;
}

const magic = Buffer.from("PHCACHE\x01", "latin1");
const prefix = magic.length + 4;
const checksum = 32;

/** Largest header and body, in bytes; and the most values in a body. */
const largestHeader = 1024 * 1024;
const largestBody = 64 * 1024 * 1024;
const mostItems = 2_000_000;
const mostPhases = 10_000;
const mostReads = 10_000;

/** Largest record, in bytes. */
export const largestRecord = prefix + largestHeader + checksum + 4 + largestBody + checksum;

/**
 * A record's bytes: magic, then header and body, each as length (32 bits, little-endian), MessagePack, sha256.
 * The header comes first and has a checksum of its own: a listing need not read what follows it.
 */
export function encodeRecord({ header, body }: SnapshotRecord): Buffer {
  return Buffer.concat([
    magic,
    section(packHeader(header)),
    section(encode(body, { ignoreUndefined: true })),
  ]);
}

function section(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes, Buffer.from(sha256(bytes), "hex")]);
}

/**
 * How many bytes at the beginning of a record `decodeHeader` needs; `bytes` are its first 12 or more.
 * @throws PhaseCacheError `damaged`
 */
export function headerSize(bytes: Buffer): number {
  if (bytes.length < prefix || magic.compare(bytes, 0, magic.length) !== 0)
    throw damaged("it is not a record");
  const length = bytes.readUInt32LE(magic.length);
  if (length > largestHeader) throw damaged("its header is too large");
  return prefix + length + checksum;
}

/**
 * The header of a record of which at least the beginning is given.
 * @throws PhaseCacheError `damaged`
 */
export function decodeHeader(bytes: Buffer): SnapshotHeader {
  const end = headerSize(bytes);
  return unpackHeader(sectionAt(bytes, magic.length, end - prefix - checksum, "header"));
}

/** @throws PhaseCacheError `damaged` */
export function decodeRecord(bytes: Buffer): SnapshotRecord {
  const header = decodeHeader(bytes);
  const start = headerSize(bytes);
  if (bytes.length < start + 4) throw damaged("its body is cut off");
  const length = bytes.readUInt32LE(start);
  if (length > largestBody) throw damaged("its body is too large");
  const packed = sectionAt(bytes, start, length, "body");
  if (bytes.length !== start + 4 + length + checksum) throw damaged("something follows its end");
  const body = readBody(unpack(packed, "its body", mostItems));
  if (body.keys[header.phaseIndex] !== header.key || body.phases[header.phaseIndex] !== header.phase) {
    throw damaged("its header and its body are of different snapshots");
  }
  return { header, body };
}

function sectionAt(bytes: Buffer, start: number, length: number, what: string): Buffer {
  const from = start + 4;
  const end = from + length;
  if (bytes.length < end + checksum) throw damaged(`its ${what} is cut off`);
  const contents = bytes.subarray(from, end);
  if (bytes.toString("hex", end, end + checksum) === sha256(contents)) return contents;
  throw damaged(`its ${what} has a wrong checksum`);
}

function readBody(value: unknown): SnapshotBody {
  const map = object(value, "the body");
  const phases = list(map.phases, "phases", mostPhases).map((phase) => text(phase, "a phase", 4096));
  const keys = list(map.keys, "keys", mostPhases).map((key) =>
    matching(key, "a key", (text): text is Key => isKey(text)),
  );
  const ran = list(map.ran, "ran", mostPhases).map((value) => {
    const { phase, duration } = object(value, "a run");
    return { phase: text(phase, "a run's phase", 4096), duration: finite(duration, "a run's duration") };
  });
  const body: SnapshotBody = { phases, keys, inputs: map.inputs, state: map.state, ran };
  if (map.reads !== undefined) body.reads = list(map.reads, "reads", mostReads).map(readRead);
  if (map.order !== undefined) body.order = list(map.order, "order", mostItems).map(readOrder);
  return body;
}

function readOrder(value: unknown): NameOrder {
  const [directory, names] = list(value, "an order", 2);
  const own = list(names, "an order's names", mostItems);
  return [text(directory, "a directory", 4096), own.map((name) => text(name, "a name", 4096))];
}

function readRead(value: unknown): FileRead {
  const { name, kind, file, phase, digest } = object(value, "a read");
  return {
    name: text(name, "a read's name", 4096),
    kind: matching(
      kind,
      "a read's kind",
      (one): one is FileRead["kind"] => one === "variable" || one === "place",
    ),
    file: text(file, "a read's file", 4096),
    phase: finite(phase, "a read's phase"),
    digest: digest === null ? null : matching(digest, "a read's digest", isDigest),
  };
}
