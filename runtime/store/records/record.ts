import { encode } from "@msgpack/msgpack";
import type { Key } from "../../key/chain.ts";
import type { LateInput } from "../../key/late-inputs.ts";
import type { ByteString } from "../../util/bytes.ts";
import { boolean, finite, list, matching, object, text, whole } from "../../util/encoding/fields.ts";
import { unpack } from "../../util/encoding/msgpack.ts";
import { damaged } from "../../util/error.ts";
import { type Digest, isDigest, sha256 } from "../../util/hash.ts";
import { isKey } from "../layout.ts";
import type { SnapshotHeader } from "./header.ts";
import { packHeader, unpackHeader } from "./header-codec.ts";

/** The part of a record that only a restore or the explanation of a miss needs. */
export interface SnapshotBody {
  /** The build's phases. */
  phases: string[];
  /** The key of each phase. */
  keys: Key[];
  /** The inputs of the keys. The caller must validate them. */
  inputs: unknown;
  /** The changes of the phases to the shell's state. The caller must validate them. */
  state: unknown;
  /** The phases that ran, and their durations in milliseconds. */
  ran: { phase: string; duration: number }[];
  /** The order of names in those directories for which the layers imply another one. */
  order?: NameOrder[];
  /** Dependencies of files in the layers that no key contains, in the order of saving. Missing in older records. */
  reads?: FileRead[];
  /** Build inputs that only later phases use. Missing in older records. */
  late?: LateInput[];
  /** Set if the phase ended with the call of its post hook, which was not set. The hook may still run after a restore. */
  endsAtHook?: true;
}

/** A file that reads a variable of a later phase, or that contains a path which a setup hook has made at random. */
export interface FileRead {
  /** The variable's name, or the path in the build directory. */
  name: ByteString;
  kind: "variable" | "place";
  /** Layer path. */
  file: ByteString;
  /** Index of the phase whose layer has the file. */
  phase: number;
  /** Digest of the variable's value in this build; null if the derivation does not set it, and for a path. */
  digest: Digest | null;
}

/** The layer path of a directory, and the names in it, in order. */
export type NameOrder = [directory: ByteString, names: ByteString[]];

export interface SnapshotRecord {
  header: SnapshotHeader;
  body: SnapshotBody;
}

const magic = Buffer.from("PHCACHE\x01", "latin1");
const prefix = magic.length + 4;
const checksum = 32;

/** Maximum sizes in bytes. */
const largestHeader = 1024 * 1024;
const largestBody = 64 * 1024 * 1024;
/** Maximum number of values in a body. */
const maxItems = 2_000_000;
const maxPhases = 10_000;
const maxReads = 10_000;

/** Maximum size of a record, in bytes. */
export const largestRecord = prefix + largestHeader + checksum + 4 + largestBody + checksum;

/**
 * Encodes a record: a magic, then header and body, each as length (32 bits, little-endian), MessagePack and sha256. The
 * header comes first and has its own checksum, so that a listing need not read the body.
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
 * Returns the number of bytes that `decodeHeader` needs, from the beginning of a record.
 * @param bytes at least the first 12 bytes of the record
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
 * Decodes a record's header.
 * @param bytes at least the first `headerSize` bytes of the record
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
  if (bytes.length < start + 4) throw damaged("its body is truncated");
  const length = bytes.readUInt32LE(start);
  if (length > largestBody) throw damaged("its body is too large");
  const packed = sectionAt(bytes, start, length, "body");
  if (bytes.length !== start + 4 + length + checksum) throw damaged("data follows its end");
  const body = readBody(unpack(packed, "its body", maxItems));
  if (body.keys[header.phaseIndex] !== header.key || body.phases[header.phaseIndex] !== header.phase) {
    throw damaged("its header and body belong to different snapshots");
  }
  return { header, body };
}

function sectionAt(bytes: Buffer, start: number, length: number, what: string): Buffer {
  const from = start + 4;
  const end = from + length;
  if (bytes.length < end + checksum) throw damaged(`its ${what} is truncated`);
  const contents = bytes.subarray(from, end);
  if (bytes.toString("hex", end, end + checksum) === sha256(contents)) return contents;
  throw damaged(`its ${what} has a wrong checksum`);
}

function readBody(value: unknown): SnapshotBody {
  const map = object(value, "the body");
  const phases = list(map.phases, "phases", maxPhases).map((phase) => text(phase, "a phase", 4096));
  const keys = list(map.keys, "keys", maxPhases).map((key) =>
    matching(key, "a key", (text): text is Key => isKey(text)),
  );
  const ran = list(map.ran, "ran", maxPhases).map((value) => {
    const { phase, duration } = object(value, "a run");
    return { phase: text(phase, "a run's phase", 4096), duration: finite(duration, "a run's duration") };
  });
  const body: SnapshotBody = { phases, keys, inputs: map.inputs, state: map.state, ran };
  if (map.reads !== undefined) body.reads = list(map.reads, "reads", maxReads).map(readRead);
  if (map.late !== undefined) body.late = list(map.late, "late inputs", maxItems).map(readLate);
  if (map.endsAtHook === true) body.endsAtHook = true;
  if (map.order !== undefined) body.order = list(map.order, "order", maxItems).map(readOrder);
  return body;
}

function readLate(value: unknown): LateInput {
  const { path, phase, declared, ...lists } = object(value, "a late input");
  const names = (of: "provides" | "modules" | "unseen") =>
    list(lists[of], `a late input's ${of}`, maxItems).map((name) => text(name, "a name", 4096));
  return {
    path: text(path, "a late input's path", 4096),
    phase: phase === Number.POSITIVE_INFINITY ? phase : whole(phase, "a late input's phase"),
    declared: boolean(declared, "a late input's declared"),
    provides: names("provides"),
    modules: names("modules"),
    unseen: names("unseen"),
  };
}

function readOrder(value: unknown): NameOrder {
  const [directory, names] = list(value, "an order", 2);
  const own = list(names, "an order's names", maxItems);
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
