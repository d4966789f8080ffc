import { createHash } from "node:crypto";
import type { ByteString } from "../util/bytes.ts";
import { groupBy } from "../util/group.ts";
import { flattenLayers, type ResolvedEntry } from "./index/flatten.ts";
import type { LayerEntry } from "./index/layer-index.ts";
import { readContents } from "./read.ts";
import { relocateIndex } from "./relocation/patch.ts";
import type { SourceLayer } from "./restore.ts";

/** Only in the second tree, only in the first, other contents or target, another mode or links, another type. */
export type Status = "+" | "-" | "M" | "U" | "T";

/** One path that two trees differ in; null where it does not exist. */
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
  /** Of each layer: those with the same identity hold the same bytes, once relocated. */
  identities: readonly string[];
}

/**
 * What differs between the trees that two lists of layers make, by path. Times do not count: two builds of the same
 * never agree in them. Contents are read only where neither the sizes nor the place in a common layer tell whether they
 * are equal.
 * @param before with replacements that lead to the same outputs as those of `after`
 * @param rename gives the names by which files are compared
 * @throws PhaseCacheError `damaged`, `refused`
 */
export function compareLayers(
  before: readonly SourceLayer[],
  after: readonly SourceLayer[],
  rename?: Rename,
): FileDifference[] {
  const [a, b] = [sideOf(before, rename), sideOf(after, rename)];
  const paths = [...new Set([...a.tree.keys(), ...b.tree.keys()])].sort();
  const doubtful = paths.filter((path) => compareContents(a, b, path) === "doubtful");
  const [digestsA, digestsB] = [digestsOf(a, doubtful), digestsOf(b, doubtful)];
  const differ = (path: ByteString) => {
    const answer = compareContents(a, b, path);
    return answer === "doubtful" ? digestsA.get(path) !== digestsB.get(path) : answer === "different";
  };
  return paths.flatMap((path) => {
    const [one, other] = [a.tree.get(path)?.entry ?? null, b.tree.get(path)?.entry ?? null];
    const status = statusOf(one, other, () => differ(path));
    return status === null ? [] : [{ status, path, before: one, after: other }];
  });
}

function sideOf(layers: readonly SourceLayer[], rename: Rename | undefined): Side {
  const folded = flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
  const tree = rename === undefined ? folded : renameAll(folded, rename);
  const identities = layers.map(({ digest, patterns, replacements }) => {
    const moves = patterns.some(({ bytes }, i) => bytes !== replacements[i]);
    return JSON.stringify(moves ? [digest, patterns, replacements] : digest);
  });
  return { tree, layers, identities };
}

/** The tree with other names; where several files would get the same, they keep those that they have. */
function renameAll(
  tree: ReadonlyMap<ByteString, ResolvedEntry>,
  rename: Rename,
): ReadonlyMap<ByteString, ResolvedEntry> {
  const counts = new Map<ByteString, number>();
  for (const path of tree.keys()) counts.set(rename(path), (counts.get(rename(path)) ?? 0) + 1);
  const nameOf = (path: ByteString) => (counts.get(rename(path)) === 1 ? rename(path) : path);
  return new Map(
    [...tree].map(([path, live]) => {
      const { type, target } = live.entry;
      // A hard link's target is a path of the tree.
      const entry = { ...live.entry, target: type === "h" ? nameOf(target) : rename(target) };
      return [nameOf(path), { ...live, entry }];
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

/** Whether a path has the same contents on both sides, as far as can be told without reading any. */
function compareContents(a: Side, b: Side, path: ByteString): "same" | "different" | "doubtful" {
  const [one, other] = [contentsOf(a, path), contentsOf(b, path)];
  if (one === null || other === null || one.entry.size !== other.entry.size) return "different";
  const place = ({ identities }: Side, { layer, entry }: ResolvedEntry) =>
    `${entry.start} ${identities[layer]}`;
  return place(a, one) === place(b, other) ? "same" : "doubtful";
}

/** The entry that has the contents of a regular file; null for what is none. */
function contentsOf({ tree }: Side, path: ByteString): ResolvedEntry | null {
  const live = tree.get(path);
  if (live?.entry.type === "h") return tree.get(live.entry.target) ?? null;
  return live?.entry.type === "f" ? live : null;
}

/** The sha256 of the relocated contents of regular files. */
function digestsOf(side: Side, paths: readonly ByteString[]): Map<ByteString, string> {
  const files = paths.map((path) => ({ path, live: contentsOf(side, path)! }));
  const digests = new Map<LayerEntry, string>();
  for (const [layer, own] of groupBy(files, ({ live }) => live.layer)) {
    const entries = [...new Set(own.map(({ live }) => live.entry))].sort((a, b) => a.start - b.start);
    for (const { entry, contents } of readContents(side.layers[layer]!, entries)) {
      const hash = createHash("sha256");
      for (const piece of contents) hash.update(piece);
      digests.set(entry, hash.digest("hex"));
    }
  }
  return new Map(files.map(({ path, live }) => [path, digests.get(live.entry)!]));
}
