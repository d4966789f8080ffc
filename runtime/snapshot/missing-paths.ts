import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { ShellState } from "../shell/index.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import { storePathsOf } from "../util/store-path.ts";

/** Store paths in a state's variables that this machine does not have, except the build's own outputs. */
export function missingPaths({ variables }: ShellState, { outputs }: SnapshotHeader): string[] {
  const own = Object.values(outputs);
  const stores = [...new Set(own.map((path) => dirname(path)))];
  if (stores.length === 0) return [];
  const pattern = storePathsOf(stores);
  const named = new Set<string>();
  for (const { value } of variables.values()) {
    if (value.kind === "unset") continue;
    const texts = value.kind === "string" ? [value.text] : value.items.map(([, text]) => text);
    for (const text of texts) for (const [path] of text.matchAll(pattern)) named.add(path);
  }
  return [...named].filter((path) => !own.includes(path) && !existsSync(path)).sort();
}
