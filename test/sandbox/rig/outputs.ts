import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";

/** Output paths by output name. */
export type OutPaths = Record<string, string>;

/** The hash of a store path: 32 characters. */
export function storeHash(path: string): string {
  return basename(path).slice(0, 32);
}

/** The output paths of a derivation, given the text of its file in Nix's ATerm format. */
export function outputsOf(derivation: string): OutPaths {
  const list = derivation.slice(0, derivation.indexOf("],["));
  const found = [...list.matchAll(/\("([^"]+)","([^"]+)","[^"]*","[^"]*"\)/g)];
  return Object.fromEntries(found.map(([, name, path]) => [name!, path!]));
}

function withoutHashes(text: string, outputs: OutPaths): string {
  return Object.entries(outputs).reduce(
    (done, [name, path]) => done.replaceAll(storeHash(path), `<${name}>`.padEnd(32, ".")),
    text,
  );
}

/** Describes each entry below `path`: type, mode and contents, with own hashes replaced. The keys are relative names. */
function describe(
  path: string,
  outputs: OutPaths,
  name: string,
  into: Map<string, string>,
): Map<string, string> {
  const stats = lstatSync(path);
  const key = withoutHashes(name, outputs);
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) {
    into.set(key, `symlink ${withoutHashes(readlinkSync(path, "latin1"), outputs)}`);
  } else if (stats.isDirectory()) {
    into.set(key, `directory ${mode}`);
    for (const entry of readdirSync(path)) describe(join(path, entry), outputs, join(name, entry), into);
  } else {
    into.set(key, `file ${mode} ${withoutHashes(readFileSync(path, "latin1"), outputs)}`);
  }
  return into;
}

function describeAll(outputs: OutPaths): Map<string, string> {
  const all = new Map<string, string>();
  for (const [name, path] of Object.entries(outputs)) describe(path, outputs, name, all);
  return all;
}

function difference(name: string, a: string | undefined, b: string | undefined): string | undefined {
  if (a === b) return undefined;
  if (a === undefined) return `${name}: only in the second`;
  if (b === undefined) return `${name}: only in the first`;
  const [kindA, kindB] = [a, b].map((text) => text.split(" ", 2).join(" "));
  if (kindA !== kindB) return `${name}: ${kindA} and ${kindB}`;
  const [first, second] = [a, b].map((text) => text.slice(kindA!.length + 1)) as [string, string];
  let at = 0;
  while (first[at] === second[at]) at++;
  return `${name}: contents differ from byte ${at} on: ${excerpt(first, at)} and ${excerpt(second, at)}`;
}

function excerpt(text: string, at: number): string {
  return JSON.stringify(text.slice(Math.max(0, at - 40), at + 80));
}

/**
 * Compares the outputs of two builds: names, modes, file contents and symlink targets, after replacing each build's own
 * hashes by the output's name. Returns one line for each difference.
 */
export function compareOutputs(a: OutPaths, b: OutPaths): string[] {
  const [first, second] = [describeAll(a), describeAll(b)];
  const names = [...new Set([...first.keys(), ...second.keys()])].sort();
  return names
    .map((name) => difference(name, first.get(name), second.get(name)))
    .filter((line) => line !== undefined);
}
