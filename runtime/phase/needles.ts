import type { ByteString } from "../util/bytes.ts";

/** Output names and their store paths. */
export type Outputs = Readonly<Record<string, ByteString>>;

/** Bytes that stand for one of the derivation's own outputs. */
export interface Needle {
  output: number;
  bytes: ByteString;
}

/** The 32 characters after the store directory in a store path. */
export function hashOf(storePath: ByteString): ByteString {
  return storePath.slice(storePath.lastIndexOf("/") + 1).slice(0, 32);
}

/**
 * What a build leaves of its own output paths: each output's hash, in the order of the outputs' names, then the
 * compiler's random seed, which nixpkgs makes of the first ten characters of `$out`'s hash.
 */
export function needlesOf(outputs: Outputs): Needle[] {
  const names = Object.keys(outputs).sort();
  const needles = names.map((name, output) => ({ output, bytes: hashOf(outputs[name]!) }));
  const out = names.indexOf("out");
  if (out >= 0) needles.push({ output: out, bytes: `-frandom-seed=${hashOf(outputs.out!).slice(0, 10)}` });
  return needles;
}

/**
 * What takes the place of each of `from`'s needles in a build with the outputs `to`; a needle of an output that the
 * new build does not have stands for itself.
 */
export function replacements(from: Outputs, to: Outputs): ByteString[] {
  const kept: Outputs = Object.fromEntries(Object.keys(from).map((name) => [name, to[name] ?? from[name]!]));
  return needlesOf(kept).map(({ bytes }) => bytes);
}

/** A function that puts the new build's hashes in the place of the old one's. */
export function relocator(from: Outputs, to: Outputs): (bytes: ByteString) => ByteString {
  const next = replacements(from, to);
  const pairs = needlesOf(from)
    .map(({ bytes }, i) => [bytes, next[i]!] as const)
    .filter(([before, after]) => before !== after);
  if (pairs.length === 0) return (bytes) => bytes;
  // One pass for all of them: replacing one after the other could replace what was just put in.
  const known = new Map(pairs);
  const pattern = new RegExp(pairs.map(([before]) => before.replace(/[^A-Za-z0-9]/g, "\\$&")).join("|"), "g");
  return (bytes) => bytes.replace(pattern, (found) => known.get(found)!);
}
