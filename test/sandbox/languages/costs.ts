import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../rig/project.ts";
import type { Language } from "./language.ts";

/** What a restored build costs. */
export interface Cost {
  /** The time as a fraction of the clean build's. */
  time: number;
  /** The compiler calls of the restored build and of the clean one. */
  calls: [restored: number, clean: number];
}

/** For each language's title, the cost of each edit. */
export type Costs = Record<string, Record<string, Cost>>;

const file = join(project, "docs/languages.json");

/** Reads the recorded costs. */
export function readCosts(): Costs {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Costs) : {};
}

/** Records the costs of a language's edits. Edits that were not measured keep theirs. */
export function record({ title }: Language, costs: Record<string, Cost>): void {
  const all = readCosts();
  all[title] = { ...all[title], ...costs };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}
