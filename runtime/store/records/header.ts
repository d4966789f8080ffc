import { randomBytes } from "node:crypto";
import type { Key } from "../../key/chain.ts";
import type { Outputs } from "../../key/derivation/outputs.ts";
import type { Digest } from "../../util/hash.ts";
import { version } from "../../util/version.ts";
import { formatVersion } from "../layout.ts";

/** A blob that a snapshot needs. */
export interface BlobRef {
  digest: Digest;
  /** Bytes. */
  size: number;
}

/** A layer, and the blob that holds its index. */
export interface LayerRef extends BlobRef {
  /** Bytes of the tar stream. */
  plainSize: number;
  /** Number of files in the tar stream. */
  entries: number;
  index: BlobRef;
  /** The outputs of the build that saved the layer, which relocation searches for. */
  outputs: Outputs;
}

/** The part of a record that listings and lookups need. */
export interface SnapshotHeader {
  format: number;
  /** Unique; 12 hexadecimal digits. */
  id: string;
  key: Key;
  package: string;
  /** The derivation's name. */
  name: string;
  phase: string;
  /** The phase's index in the build's list of phases. */
  phaseIndex: number;
  /** Milliseconds since the epoch. */
  created: number;
  /** Milliseconds that the phase took. */
  duration: number;
  /** Milliseconds that all phases through this one took. */
  total: number;
  /** Whether the phase failed. Builds never restore a failed snapshot. */
  failed: boolean;
  layers: LayerRef[];
  /**
   * The blob with the shell's state before the first phase (see snapshot/initial-state.ts). All of a build's
   * snapshots share it.
   */
  initial: BlobRef | null;
  system: string;
  buildTop: string;
  /** The output paths of the build that saved it. */
  outputs: Outputs;
  /** The id of the previous snapshot of the same build. */
  parent: string | null;
  runtimeVersion: string;
}

/** The fields of a header that a save must provide. */
export type NewHeader = Omit<SnapshotHeader, "format" | "id" | "initial" | "runtimeVersion"> & {
  initial?: BlobRef;
};

/** Creates the header of a new snapshot, with a unique id. */
export function newHeader(fields: NewHeader): SnapshotHeader {
  const id = randomBytes(6).toString("hex");
  return { initial: null, ...fields, format: formatVersion, id, runtimeVersion: version };
}

/** Returns the blobs that a snapshot needs. */
export function blobsOf(header: SnapshotHeader): BlobRef[] {
  const layers = header.layers.flatMap((layer) => [layer, layer.index]);
  return header.initial === null ? layers : [...layers, header.initial];
}
