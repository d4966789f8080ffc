import { relative, resolve } from "node:path";

/** An entry of `sandbox-paths`, taken apart. */
export interface SandboxPath {
  inside: string;
  outside: string;
  /** A missing path is forgiven. */
  optional: boolean;
}

/** Reads an entry: `/dir`, `/inside=/outside`, either with a `?` behind it. */
export function parseSandboxPath(entry: string): SandboxPath {
  const optional = entry.endsWith("?");
  const text = optional ? entry.slice(0, -1) : entry;
  const at = text.indexOf("=");
  return at < 0
    ? { inside: text, outside: text, optional }
    : { inside: text.slice(0, at), outside: text.slice(at + 1), optional };
}

/** An entry as Nix reads it. */
export function formatSandboxPath({ inside, outside, optional }: SandboxPath): string {
  return `${inside === outside ? inside : `${inside}=${outside}`}${optional ? "?" : ""}`;
}

/** Where builds see `directory`, by the last entry that shows it or a directory above it; null: nowhere. */
export function placeInSandbox(entries: readonly string[], directory: string): string | null {
  for (const { inside, outside } of entries.map(parseSandboxPath).reverse()) {
    const below = relative(resolve(outside), resolve(directory));
    if (below === "") return resolve(inside);
    if (!below.startsWith("..")) return resolve(inside, below);
  }
  return null;
}
