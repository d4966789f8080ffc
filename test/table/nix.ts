import { splitNix } from "./nix-text.ts";
import { type VariableRead, variablesReadBy } from "./shell.ts";

/** A setup hook that a Nix file makes. */
export interface HookPackage {
  /** The package's name; null when it is not a literal in the file. */
  name: string | null;
  line: number;
  /** The hook's file, relative to the Nix file; null when its text is in the Nix file. */
  file: string | null;
}

/** The setup hooks that a Nix file has as `setupHook` or in `setupHooks`. */
export interface OwnHooks {
  line: number;
  files: string[];
  /** What the hooks read whose texts are in the Nix file. */
  reads: VariableRead[];
}

const lineOf = (text: string, at: number) => text.slice(0, at).split("\n").length;

const shellFile = /(?<![\w.])\.\.?\/[\w./-]*\.(?:sh|bash)/g;

/** Finds the setup hooks that a Nix file makes with `makeSetupHook`, or with a function that calls it. */
export function hookPackagesIn(nix: string): HookPackage[] {
  if (!/\bmake\w*Hook\b/.test(nix)) return [];
  const { code } = splitNix(nix);
  const calls = [...code.matchAll(/\bmake\w*Hook[ \t\n]*(?:\(|\{|rec \{)/g)];
  return calls.flatMap(({ index }, position) => {
    const end = calls[position + 1]?.index ?? code.length;
    const at = code.slice(index, end).search(/\bp?name[ \t]*=[ \t]*"/);
    const name = at < 0 ? undefined : /^[^"]*"([^"$]+)"/.exec(nix.slice(index + at, end))?.[1];
    const file = code.slice(endOfBraces(code, index), end).split(";")[0]!.match(shellFile)?.[0];
    if (name === undefined && file === undefined) return [];
    return [{ name: name ?? null, line: lineOf(nix, index), file: file ?? null }];
  });
}

/** Returns where the next expression in braces ends; the end of the code when it has none. */
function endOfBraces(code: string, from: number): number {
  let depth = 0;
  for (let at = code.indexOf("{", from); at >= 0 && at < code.length; at++) {
    if (code[at] === "{") depth++;
    else if (code[at] === "}" && --depth === 0) return at + 1;
  }
  return code.length;
}

/** Finds the setup hooks of the package that a Nix file describes. Returns null when it has none. */
export function ownHooksIn(nix: string): OwnHooks | null {
  if (!nix.includes("setupHook")) return null;
  const { code, strings } = splitNix(nix);
  const found: OwnHooks = { line: 0, files: [], reads: [] };
  for (const { index, 0: attribute } of code.matchAll(/\bsetupHooks?[ \t]*=(?!=)[^;]*;/g)) {
    const files = attribute.match(shellFile) ?? [];
    const reads = readsIn(strings, index, index + attribute.length);
    if (files.length === 0 && !attribute.includes("''")) continue;
    found.line ||= lineOf(nix, index);
    found.files.push(...files);
    found.reads.push(...reads);
  }
  return found.line === 0 ? null : found;
}

function readsIn(strings: string, start: number, end: number): VariableRead[] {
  const before = lineOf(strings, start) - 1;
  return variablesReadBy(strings.slice(start, end)).map(({ name, line }) => ({ name, line: before + line }));
}

/** Whether a Nix file defines a builder: a function that passes its arguments to `mkDerivation`. */
export function isBuilder(nix: string): boolean {
  const { code } = splitNix(nix);
  return (
    /@\s*(?:args|attrs)\b|\b(?:args|attrs)\s*@|\bextendDrvArgs\b|\b(?:args|attrs):/.test(code) &&
    /\b(?:mkDerivation|extendMkDerivation|buildPythonPackage|constructDrv)\b/.test(code)
  );
}

/** Finds the optional arguments of a builder, and the variables that the texts of its phases read. */
export function builderReads(nix: string): VariableRead[] {
  const { code, strings } = splitNix(nix);
  const found = new Map<string, number>();
  const add = (name: string, line: number) => found.set(name, Math.min(line, found.get(name) ?? line));
  for (const pattern of [
    /(?<=[{,\n])[ \t]*([A-Za-z_]\w*)[ \t]*\?(?![?=])[ \t\n]*\S/g,
    /\b(?:args|attrs|finalAttrs)\.([A-Za-z_]\w*)[ \t\n]+or\b/g,
  ])
    for (const { 1: name, index } of code.matchAll(pattern))
      add(name!, lineOf(code, index + code.slice(index).indexOf(name!)));
  for (const { name, line } of variablesReadBy(strings)) add(name, line);
  return [...found].map(([name, line]) => ({ name, line }));
}
