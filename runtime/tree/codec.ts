import { type ByteString, fromBytes, toBytes } from "../util/bytes.ts";
import { damaged } from "../util/error.ts";
import type { Tree } from "./entry.ts";

/** A tree as bytes for a scratch file that only the same build reads: NUL-ended fields, four to an entry. */
export function encodeTree(tree: Tree): Uint8Array {
  const fields: ByteString[] = [];
  for (const [path, { meta, blocks, target }] of tree) fields.push(path, meta, blocks, target);
  fields.push("");
  return toBytes(fields.join("\0"));
}

/** @throws PhaseCacheError `damaged` when a scratch file was cut short */
export function decodeTree(bytes: Uint8Array): Tree {
  const fields = fromBytes(bytes).split("\0");
  if (fields.length % 4 !== 1) throw damaged("the tree's scratch file is incomplete");
  const tree: Tree = new Map();
  for (let i = 0; i + 4 < fields.length; i += 4) {
    tree.set(fields[i]!, { meta: fields[i + 1]!, blocks: fields[i + 2]!, target: fields[i + 3]! });
  }
  return tree;
}
