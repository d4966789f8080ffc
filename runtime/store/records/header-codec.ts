import { encode } from "@msgpack/msgpack";
import type { Key } from "../../key/chain.ts";
import type { Outputs } from "../../key/derivation/outputs.ts";
import { boolean, finite, list, matching, object, text, whole } from "../../util/encoding/fields.ts";
import { unpack } from "../../util/encoding/msgpack.ts";
import { damaged } from "../../util/error.ts";
import type { Digest } from "../../util/hash.ts";
import { formatVersion, isId, isPackage } from "../layout.ts";
import type { BlobRef, LayerRef, SnapshotHeader } from "./header.ts";

const maxLayers = 1000;
const maxOutputs = 100;
const longestPath = 4096;
const maxItems = 20_000;

/**
 * Encodes a header compactly, since listings read all headers: digests are binary, a layer is a list, and outputs that
 * several layers share are stored once.
 */
export function packHeader(header: SnapshotHeader): Uint8Array {
  const sets = [...new Set([header.outputs, ...header.layers.map(({ outputs }) => outputs)].map(sorted))];
  const layers = header.layers.map(({ digest, size, plainSize, entries, index, outputs }) => {
    const set = sets.indexOf(sorted(outputs));
    return [binary(digest), size, plainSize, entries, binary(index.digest), index.size, set];
  });
  const outputs = sets.map((set) => JSON.parse(set) as unknown);
  const initial = header.initial === null ? null : [binary(header.initial.digest), header.initial.size];
  return encode({ ...header, key: binary(header.key), layers, initial, outputs });
}

function sorted(outputs: Outputs): string {
  return JSON.stringify(Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function binary(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

/** The inverse of `packHeader`. @throws PhaseCacheError `damaged`, naming the field */
export function unpackHeader(bytes: Uint8Array): SnapshotHeader {
  const map = object(unpack(bytes, "the header", maxItems), "the header");
  const sets = list(map.outputs, "outputs", maxLayers + 1).map(readOutputs);
  return {
    format: matching(map.format, "format", (value) => value === formatVersion),
    id: matching(map.id, "id", isId),
    key: readKey(map.key),
    package: matching(map.package, "package", isPackage),
    name: text(map.name, "name", longestPath),
    phase: text(map.phase, "phase", longestPath),
    phaseIndex: whole(map.phaseIndex, "phaseIndex"),
    created: whole(map.created, "created", 8.64e15),
    duration: finite(map.duration, "duration"),
    total: finite(map.total, "total"),
    failed: boolean(map.failed, "failed"),
    layers: list(map.layers, "layers", maxLayers).map((layer) => readLayer(layer, sets)),
    initial: map.initial == null ? null : readInitial(map.initial),
    system: text(map.system, "system", longestPath),
    buildTop: text(map.buildTop, "buildTop", longestPath),
    outputs: at(sets, 0),
    parent: map.parent === null ? null : matching(map.parent, "parent", isId),
    runtimeVersion: text(map.runtimeVersion, "runtimeVersion", 100),
  };
}

function readLayer(value: unknown, sets: Outputs[]): LayerRef {
  const [digest, size, plainSize, entries, indexDigest, indexSize, set] = list(value, "a layer", 7);
  return {
    digest: readDigest(digest),
    size: whole(size, "a layer's size"),
    plainSize: whole(plainSize, "a layer's plain size"),
    entries: whole(entries, "a layer's entries"),
    index: { digest: readDigest(indexDigest), size: whole(indexSize, "an index's size") },
    outputs: at(sets, whole(set, "a layer's outputs", sets.length)),
  };
}

function readInitial(value: unknown): BlobRef {
  const [digest, size] = list(value, "initial", 2);
  return { digest: readDigest(digest), size: whole(size, "the initial state's size") };
}

function readOutputs(value: unknown): Outputs {
  const pairs = list(value, "outputs", maxOutputs).map((pair) => {
    const [name, path] = list(pair, "an output", 2);
    return [text(name, "an output's name", 255), matching(path, "an output's path", isStorePath)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Whether a value is a store path. Relocation relies on the 32 characters of the hash and the dash after them. */
function isStorePath(path: unknown): path is string {
  return typeof path === "string" && path.length <= longestPath && /^\/.*\/[^/]{32}-[^/]+$/s.test(path);
}

function at(sets: Outputs[], index: number): Outputs {
  const outputs = sets[index];
  if (outputs === undefined) throw damaged("outputs are missing");
  return outputs;
}

function readDigest(value: unknown): Digest {
  return hexadecimal(value) as Digest;
}

function readKey(value: unknown): Key {
  return hexadecimal(value) as Key;
}

/** Converts 32 bytes to 64 hexadecimal digits. */
function hexadecimal(value: unknown): string {
  if (!(value instanceof Uint8Array) || value.length !== 32) throw damaged("a digest is not 32 bytes");
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex");
}
