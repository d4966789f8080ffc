import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EntryType, Frame, LayerEntry, LayerIndex } from "../../runtime/layer/index/layer-index.ts";
import { formatHeader, padded, writeChecksum } from "../../runtime/layer/tar/header.ts";
import { formatPax } from "../../runtime/layer/tar/pax.ts";
import { compressFrame } from "../../runtime/util/encoding/zstd.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { sourceLayer } from "./rig.ts";

/** A file of a tar stream that tar would never write. Fields that are not set have harmless values. */
export interface Crafted {
  name: string;
  type?: string;
  mode?: number;
  size?: number;
  link?: string;
  contents?: string;
  pax?: [keyword: string, value: string][];
  /** The raw contents of the extended header, instead of `pax`. */
  rawPax?: string;
  /** Changes the finished header, whose checksum is then corrected. */
  header?: (block: Buffer) => void;
  /** Changes the finished header without correcting its checksum. */
  broken?: (block: Buffer) => void;
  /** False values for the index. */
  index?: Partial<LayerEntry>;
}

const types: Record<string, EntryType> = { "0": "f", "1": "h", "2": "l", "5": "d", "6": "p" };

/** Creates a layer with a correct digest, and with an index that matches the stream except for the given changes. */
export function craftLayer(directory: string, files: readonly Crafted[], changes: Partial<LayerIndex> = {}) {
  const parts: Buffer[] = [];
  const entries: LayerEntry[] = [];
  let offset = 0;
  for (const file of files) {
    const bytes = craftFile(file);
    parts.push(bytes);
    entries.push({
      path: file.name,
      type: types[file.type ?? "0"] ?? "f",
      mode: (file.mode ?? 0o644) & 0o1777,
      size: (file.type ?? "0") === "0" ? (file.contents ?? "").length : 0,
      mtime: "0",
      target: file.link ?? "",
      start: offset,
      end: offset + bytes.length,
      ...file.index,
    });
    offset += bytes.length;
  }
  const stream = Buffer.concat([...parts, Buffer.alloc(1024)]);
  const { blob, frames } = pack(stream);
  const path = join(directory, "crafted");
  writeFileSync(path, blob);
  const index: LayerIndex = {
    frames,
    entries,
    metadata: [],
    removed: [],
    relocations: [],
    classes: [],
    ...changes,
  };
  return sourceLayer({ path, digest: sha256(blob), index });
}

function craftFile({ name, type = "0", mode = 0o644, link = "", contents = "", ...rest }: Crafted): Buffer {
  const block = formatHeader({ name, type, mode, link, size: rest.size ?? contents.length, mtime: 0 });
  rest.header?.(block);
  writeChecksum(block);
  rest.broken?.(block);
  const payload =
    rest.rawPax !== undefined ? Buffer.from(rest.rawPax, "latin1") : formatPax(new Map(rest.pax));
  const extended = formatHeader({
    name: "PaxHeaders/x",
    type: "x",
    mode: 0o644,
    link: "",
    size: payload.length,
    mtime: 0,
  });
  const body = Buffer.from(contents, "latin1");
  return Buffer.concat([...(payload.length > 0 ? [extended, pad(payload)] : []), block, pad(body)]);
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

function pack(stream: Buffer): { blob: Buffer; frames: Frame[] } {
  const packed: Uint8Array[] = [];
  const frames: Frame[] = [];
  for (let at = 0; at < stream.length; at += 4 << 20) {
    const plain = stream.subarray(at, at + (4 << 20));
    const frame = compressFrame(plain, 1);
    packed.push(frame);
    frames.push({ packed: frame.length, plain: plain.length });
  }
  return { blob: Buffer.concat(packed), frames };
}
