import { createHash } from "node:crypto";
import type { ByteString } from "../util/bytes.ts";
import { groupBy } from "../util/group.ts";
import { flattenLayers, type ResolvedEntry } from "./index/flatten.ts";
import type { LayerEntry } from "./index/layer-index.ts";
import { readContents } from "./read.ts";
import { relocateIndex } from "./relocation/patch.ts";
import type { SourceLayer } from "./restore.ts";

/**
 * How a path differs: `+` only in the second tree, `-` only in the first, `M` contents or symlink target, `U` mode or
 * hard links, `T` type.
 */
export type Status = "+" | "-" | "M" | "U" | "T";

/** A path that differs between two trees; an entry is null where the path does not exist. */
export interface FileDifference {
  status: Status;
  /** Layer path. */
  path: ByteString;
  before: LayerEntry | null;
  after: LayerEntry | null;
}

type Rename = (path: ByteString) => ByteString;

/** One of the two trees. */
interface Side {
  tree: ReadonlyMap<ByteString, ResolvedEntry>;
  layers: readonly SourceLayer[];
  /** One for each layer. Layers with equal identities hold the same bytes after relocation. */
  identities: readonly string[];
}

/**
 * Compares the trees of two lists of layers and returns the differences, sorted by path. Times are ignored: they differ
 * between any two builds. Contents are read only if neither the sizes nor the offsets in a common layer decide.
 * @param before its replacements must lead to the same outputs as those of `after`
 * @param rename maps each path to the one that it is compared by
 * @throws PhaseCacheError `damaged`, `refused`
 */
export function compareLayers(
  before: readonly SourceLayer[],
  after: readonly SourceLayer[],
  rename?: Rename,
): FileDifference[] {
  const [a, b] = [sideOf(before, rename), sideOf(after, rename)];
  const paths = [...new Set([...a.tree.keys(), ...b.tree.keys()])].sort();
  const undecided = paths.filter((path) => compareContents(a, b, path) === "undecided");
  const [digestsA, digestsB] = [digestsOf(a, undecided), digestsOf(b, undecided)];
  const differ = (path: ByteString) => {
    const result = compareContents(a, b, path);
    return result === "undecided" ? digestsA.get(path) !== digestsB.get(path) : result === "different";
  };
  return paths.flatMap((path) => {
    const [one, other] = [a.tree.get(path)?.entry ?? null, b.tree.get(path)?.entry ?? null];
    const status = statusOf(one, other, () => differ(path));
    return status === null ? [] : [{ status, path, before: one, after: other }];
  });
}

function sideOf(layers: readonly SourceLayer[], rename: Rename | undefined): Side {
  const flattened = flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
  const tree = rename === undefined ? flattened : renameAll(flattened, rename);
  const identities = layers.map(({ digest, patterns, replacements }) => {
    const isRelocated = patterns.some(({ bytes }, i) => bytes !== replacements[i]);
    return JSON.stringify(isRelocated ? [digest, patterns, replacements] : digest);
  });
  return { tree, layers, identities };
}

/** Renames all paths of a tree. Paths that would collide keep their names. */
function renameAll(
  tree: ReadonlyMap<ByteString, ResolvedEntry>,
  rename: Rename,
): ReadonlyMap<ByteString, ResolvedEntry> {
  const counts = new Map<ByteString, number>();
  for (const path of tree.keys()) counts.set(rename(path), (counts.get(rename(path)) ?? 0) + 1);
  const nameOf = (path: ByteString) => (counts.get(rename(path)) === 1 ? rename(path) : path);
  return new Map(
    [...tree].map(([path, resolved]) => {
      const { type, target } = resolved.entry;
      // A hard link's target is a path of the tree.
      const entry = { ...resolved.entry, target: type === "h" ? nameOf(target) : rename(target) };
      return [nameOf(path), { ...resolved, entry }];
    }),
  );
}

function statusOf(
  before: LayerEntry | null,
  after: LayerEntry | null,
  contentsDiffer: () => boolean,
): Status | null {
  if (before === null || after === null) return before === null ? "+" : "-";
  const isFile = ({ type }: LayerEntry) => type === "f" || type === "h";
  const files = isFile(before) && isFile(after);
  if (before.type !== after.type && !files) return "T";
  if (files ? contentsDiffer() : before.target !== after.target) return "M";
  const linked = before.type !== after.type || before.target !== after.target;
  return linked || before.mode !== after.mode ? "U" : null;
}

/** Compares a path's contents on both sides without reading them. */
function compareContents(a: Side, b: Side, path: ByteString): "same" | "different" | "undecided" {
  const [one, other] = [contentsOf(a, path), contentsOf(b, path)];
  if (one === null || other === null || one.entry.size !== other.entry.size) return "different";
  const place = ({ identities }: Side, { layer, entry }: ResolvedEntry) =>
    `${entry.start} ${identities[layer]}`;
  return place(a, one) === place(b, other) ? "same" : "undecided";
}

/** Returns the entry that holds the contents of a regular file; null for other types. */
function contentsOf({ tree }: Side, path: ByteString): ResolvedEntry | null {
  const resolved = tree.get(path);
  if (resolved?.entry.type === "h") return tree.get(resolved.entry.target) ?? null;
  return resolved?.entry.type === "f" ? resolved : null;
}

/** Returns the sha256 of the relocated contents of each regular file. */
function digestsOf(side: Side, paths: readonly ByteString[]): Map<ByteString, string> {
  const files = paths.map((path) => ({ path, resolved: contentsOf(side, path)! }));
  const digests = new Map<LayerEntry, string>();
  for (const [layer, own] of groupBy(files, ({ resolved }) => resolved.layer)) {
    const entries = [...new Set(own.map(({ resolved }) => resolved.entry))].sort((a, b) => a.start - b.start);
    for (const { entry, contents } of readContents(side.layers[layer]!, entries)) {
      const hash = createHash("sha256");
      for (const piece of contents) hash.update(piece);
      digests.set(entry, hash.digest("hex"));
    }
  }
  return new Map(files.map(({ path, resolved }) => [path, digests.get(resolved.entry)!]));
}
