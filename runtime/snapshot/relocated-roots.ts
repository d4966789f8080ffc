import type { Outputs } from "../key/derivation/outputs.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { Root } from "../tree/entry.ts";
import { type ByteString, fromText } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";

/** Nix's rule for the name of a store path, which an output's name is part of; here it becomes a directory's. */
const outputName = /^[A-Za-z0-9+_?=-][A-Za-z0-9+._?=-]{0,210}$/;

/**
 * The roots of a snapshot's build below a directory of the user's: `build`, `tmp` and `shm` for what it had in /tmp and
 * /dev/shm, and `outputs/<name>` for each output.
 * @throws PhaseCacheError `refused` for an output whose name would lead out of the directory
 */
export function rootsBelow(directory: string, outputs: Outputs): Root[] {
  const names = Object.keys(outputs);
  const bad = names.find((name) => !outputName.test(name));
  if (bad !== undefined) throw new PhaseCacheError("refused", `an output is called ${JSON.stringify(bad)}`);
  const roots = ["build", "tmp", "shm", ...names.map((name) => `outputs/${name}`)] as Root["name"][];
  return roots.map((name) => ({ name, path: `${directory}/${name}` }));
}

/** What may stand before and after a path in a shell's values: anything that can't belong to a longer one. */
const before = "(?<=^|[\\s:;,=\"'`()<>|&\\[\\]{}@]|(?:^|[\\s:;,=\"'`(])-[A-Za-z])";
const after = "(?=$|[\\s/:;,=\"'`()<>|&\\[\\]{}*])";

/**
 * A function that puts paths below `roots` in the place of those where the build had its directory and outputs. Only
 * for a shell's state: files keep the paths that they have.
 */
export function moveTo(
  roots: readonly Root[],
  { buildTop, outputs }: SnapshotHeader,
): (text: ByteString) => ByteString {
  const places = new Map<ByteString, ByteString>();
  for (const { name, path } of roots) {
    const old = name === "build" ? buildTop : outputs[name.slice("outputs/".length)];
    if (old !== undefined && old !== "/") places.set(fromText(old), fromText(path));
  }
  if (places.size === 0) return (text) => text;
  const longestFirst = [...places.keys()].sort((a, b) => b.length - a.length);
  const paths = longestFirst.map((path) => path.replace(/[^A-Za-z0-9/]/g, "\\$&")).join("|");
  const pattern = new RegExp(`${before}(?:${paths})${after}`, "g");
  return (text) => text.replace(pattern, (path) => places.get(path)!);
}
