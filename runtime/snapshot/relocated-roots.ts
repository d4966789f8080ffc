import type { Outputs } from "../key/derivation/outputs.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { Root } from "../tree/entry.ts";
import { type ByteString, fromText } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";

/** Nix's rule for names of store paths, which contain the output's name. Here it becomes a directory name. */
const outputName = /^[A-Za-z0-9+_?=-][A-Za-z0-9+._?=-]{0,210}$/;

/**
 * The roots of a snapshot's build in a directory of the user: `build`, `tmp` and `shm` for its files in /tmp and /dev/shm,
 * and `outputs/<name>` for each output.
 * @throws PhaseCacheError `refused` if an output's name could lead out of the directory
 */
export function rootsBelow(directory: string, outputs: Outputs): Root[] {
  const names = Object.keys(outputs);
  const bad = names.find((name) => !outputName.test(name));
  if (bad !== undefined) throw new PhaseCacheError("refused", `invalid output name ${JSON.stringify(bad)}`);
  const roots = ["build", "tmp", "shm", ...names.map((name) => `outputs/${name}`)] as Root["name"][];
  return roots.map((name) => ({ name, path: `${directory}/${name}` }));
}

/** What may precede and follow a path in a shell's values: anything that can't be part of a longer path. */
const before = "(?<=^|[\\s:;,=\"'`()<>|&\\[\\]{}@]|(?:^|[\\s:;,=\"'`(])-[A-Za-z])";
const after = "(?=$|[\\s/:;,=\"'`()<>|&\\[\\]{}*])";

/**
 * Returns a function that replaces the paths of the build directory and the outputs by those in `roots`. For a shell's state
 * only: files keep their paths.
 */
export function moveTo(
  roots: readonly Root[],
  { buildTop, outputs }: SnapshotHeader,
): (text: ByteString) => ByteString {
  const paths = new Map<ByteString, ByteString>();
  for (const { name, path } of roots) {
    const old = name === "build" ? buildTop : outputs[name.slice("outputs/".length)];
    if (old !== undefined && old !== "/") paths.set(fromText(old), fromText(path));
  }
  if (paths.size === 0) return (text) => text;
  const longestFirst = [...paths.keys()].sort((a, b) => b.length - a.length);
  const alternatives = longestFirst.map((path) => path.replace(/[^A-Za-z0-9/]/g, "\\$&")).join("|");
  const pattern = new RegExp(`${before}(?:${alternatives})${after}`, "g");
  return (text) => text.replace(pattern, (path) => paths.get(path)!);
}
