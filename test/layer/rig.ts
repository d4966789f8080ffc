import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeIndex, encodeIndex } from "../../runtime/layer/index/codec.ts";
import { flattenLayers } from "../../runtime/layer/index/flatten.ts";
import { readEntry } from "../../runtime/layer/read.ts";
import { restoreLayers, type SourceLayer } from "../../runtime/layer/restore.ts";
import { type SavedLayer, saveLayer } from "../../runtime/layer/save.ts";
import { diffTrees, withParents } from "../../runtime/tree/diff.ts";
import { diskPath, type Root, type Tree, typeOf } from "../../runtime/tree/entry.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import type { ByteString } from "../../runtime/util/bytes.ts";
import { bash, find, makeRig, tar } from "../tree/rig.ts";

export { bash, find, tar, unprivileged } from "../tree/rig.ts";

/** Creates a build that saves successive layers, and builds that restore them. */
export function makeChain(patterns: ByteString[] = []) {
  const origin = makeRig();
  const rigs = [origin];
  const layers: SourceLayer[] = [];
  const saved: SavedLayer[] = [];
  let before: Tree = new Map();
  let directories: ByteString[] = [];
  /** Makes the current files the state before the first phase. */
  const begin = () => {
    before = scanTree(origin.roots, find).tree;
    directories = [...before].filter(([, entry]) => typeOf(entry) === "d").map(([path]) => path);
  };
  const save = async (): Promise<SavedLayer> => {
    const { tree } = scanTree(origin.roots, find);
    const sameContents = new Set<ByteString>();
    const { changed, removed } = diffTrees(before, tree, undefined, (suspects) => {
      const saved = flattenLayers(layers.map(({ index }) => index));
      for (const path of suspects.changed) {
        const isSame = () =>
          Buffer.concat([...readEntry(layers, path)]).equals(readFileSync(diskPath(origin.roots, path)));
        if (saved.get(path)?.entry.type === "f" && isSame()) sameContents.add(path);
      }
      return new Map();
    });
    const layer = await saveLayer({
      roots: origin.roots,
      tree,
      removed,
      sameContents,
      changed: withParents(changed, () => tree, directories),
      patterns: patterns.map((bytes) => ({ bytes })),
      unpackers: { xz: "/usr/bin/xz", bzip2: "/usr/bin/bzip2" },
      outputPaths: [`/nix/store/${patterns[0] ?? ""}-x`],
      patchedBefore: () => layers.flatMap(({ index }) => index.classes.map(({ path }) => path)),
      tar,
      level: 1,
      temporary: origin.directory,
    });
    before = tree;
    saved.push(layer);
    // Encoded and decoded, as if read from a store.
    const index = decodeIndex(encodeIndex(layer.index));
    layers.push(sourceLayer({ ...layer, index }, patterns));
    return layer;
  };
  const restore = async (replacements: ByteString[] = patterns, target = makeRig()) => {
    rigs.push(target);
    await restoreLayers(
      layers.map((layer) => ({ ...layer, replacements })),
      target.roots,
      tar,
    );
    return target;
  };
  const remove = () => {
    for (const { fd } of layers) closeSync(fd);
    for (const rig of rigs) rig.remove();
  };
  return { origin, layers, saved, begin, save, restore, remove };
}

export function sourceLayer(
  { path, digest, index }: Pick<SavedLayer, "path" | "digest" | "index">,
  patterns: ByteString[] = [],
): SourceLayer {
  const fd = openSync(path, "r");
  return { fd, digest, index, patterns: patterns.map((bytes) => ({ bytes })), replacements: patterns };
}

/** Describes all files of some roots completely, except for inodes, owners and ctimes. */
export function describeRoots(roots: readonly Root[]): string[] {
  return roots.flatMap(({ name, path }) => describeTree(path).map((line) => `${name} ${line}`));
}

function describeTree(path: string): string[] {
  const rows = bash(
    "/",
    `[ ! -e ${path} ] || ${find} ${path} -printf '%P\\0%y %m %T@ %n %l\\0%s\\0%b\\0%i\\0'`,
  ).split("\0");
  const lines: string[] = [];
  const firstNames = new Map<string, string>();
  for (let i = 0; i + 4 < rows.length; i += 5) {
    const [name, status, size, blocks, inode] = rows.slice(i, i + 5);
    const isDirectory = status!.startsWith("d");
    if (name === "" && path.endsWith("build")) continue;
    lines.push(
      [name, status, isDirectory ? "" : size, Number(blocks) * 512 < Number(size) ? "sparse" : ""].join(" "),
    );
    if (!isDirectory && !firstNames.has(inode!)) firstNames.set(inode!, name!);
  }
  return [...lines, ...contents(path)].sort();
}

/** Returns the digests of all regular files, with their names as bytes. */
function contents(path: string): string[] {
  return bash(
    "/",
    `[ ! -e ${path} ] || ${find} ${path} -type f -print0 | sort -z | LC_ALL=C xargs -0 -r sha256sum -z`,
  )
    .replaceAll(path, "")
    .split("\0");
}

/** Lists the names in the directories where a failed restore could leave files. */
export function leftIn(rig: { build: string; directory: string }): string[] {
  return [...readdirSync(rig.build), ...readdirSync(join(rig.directory, "outputs"))];
}

export function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
