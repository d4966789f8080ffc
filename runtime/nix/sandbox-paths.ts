import { relative, resolve } from "node:path";

/** A parsed entry of `sandbox-paths`. */
interface SandboxPath {
  inside: string;
  outside: string;
  /** Whether Nix ignores the entry when the path outside is missing. */
  optional: boolean;
}

/** Parses an entry: `/dir` or `/inside=/outside`, optionally followed by `?`. */
export function parseSandboxPath(entry: string): SandboxPath {
  const optional = entry.endsWith("?");
  const text = optional ? entry.slice(0, -1) : entry;
  const at = text.indexOf("=");
  return at < 0
    ? { inside: text, outside: text, optional }
    : { inside: text.slice(0, at), outside: text.slice(at + 1), optional };
}

/** Formats an entry as in nix.conf. */
export function formatSandboxPath({ inside, outside, optional }: SandboxPath): string {
  return `${inside === outside ? inside : `${inside}=${outside}`}${optional ? "?" : ""}`;
}

/** Returns the path by which builds see `directory`, by the last entry that contains it; null when no entry does. */
export function placeInSandbox(entries: readonly string[], directory: string): string | null {
  for (const { inside, outside } of entries.map(parseSandboxPath).reverse()) {
    const below = relative(resolve(outside), resolve(directory));
    if (below === "") return resolve(inside);
    if (!below.startsWith("..")) return resolve(inside, below);
  }
  return null;
}
