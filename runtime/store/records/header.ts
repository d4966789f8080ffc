import { randomBytes } from "node:crypto";
import type { Key } from "../../key/chain.ts";
import type { Outputs } from "../../key/derivation/outputs.ts";
import type { Digest } from "../../util/hash.ts";
import { version } from "../../util/version.ts";
import { formatVersion } from "../layout.ts";

/** A blob that a snapshot needs; sizes are bytes. */
export interface BlobRef {
  digest: Digest;
  size: number;
}

/** A layer, and the blob that holds its index. */
export interface LayerRef extends BlobRef {
  /** Bytes of the tar. */
  plainSize: number;
  /** How many files the tar has. */
  entries: number;
  index: BlobRef;
  /** The outputs of the build that saved the layer: what relocation looks for. */
  outputs: Outputs;
}

/** What a listing shows of a snapshot, and a lookup needs. */
export interface SnapshotHeader {
  format: number;
  /** 12 hexadecimal digits; no two snapshots have the same. */
  id: string;
  key: Key;
  package: string;
  /** The derivation's name. */
  name: string;
  phase: string;
  /** The phase's place in the build's list of phases. */
  phaseIndex: number;
  /** Milliseconds since the epoch. */
  created: number;
  /** Milliseconds that the phase took. */
  duration: number;
  /** Milliseconds that all phases through this one took. */
  total: number;
  /** The phase failed: never for a build to restore. */
  failed: boolean;
  layers: LayerRef[];
  /** The blob with the shell's state before the first phase (see snapshot/initial-state.ts); all of a build's snapshots share it. */
  initial: BlobRef | null;
  system: string;
  buildTop: string;
  /** The store paths of the build that saved it, by output. */
  outputs: Outputs;
  /** The id of the snapshot before it in the same build. */
  parent: string | null;
  runtimeVersion: string;
}

/** What the one who saves a snapshot must say of it. */
export type NewHeader = Omit<SnapshotHeader, "format" | "id" | "initial" | "runtimeVersion"> & {
  initial?: BlobRef;
};

/** The header of a new snapshot, with an id that no other has. */
export function newHeader(fields: NewHeader): SnapshotHeader {
  const id = randomBytes(6).toString("hex");
  return { initial: null, ...fields, format: formatVersion, id, runtimeVersion: version };
}

/** The blobs that a snapshot needs. */
export function blobsOf(header: SnapshotHeader): BlobRef[] {
  const layers = header.layers.flatMap((layer) => [layer, layer.index]);
  return header.initial === null ? layers : [...layers, header.initial];
}
