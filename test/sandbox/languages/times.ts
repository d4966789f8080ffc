import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../rig/project.ts";
import type { Language } from "./language.ts";

/** For each language's title, each edit's time as a fraction of the clean build's. */
export type Times = Record<string, Record<string, number>>;

const file = join(project, "docs/languages.json");

/** Reads the recorded times. */
export function readTimes(): Times {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Times) : {};
}

/** Records the times of a language's edits. Edits that were not measured keep theirs. */
export function record({ title }: Language, times: Record<string, number>): void {
  const all = readTimes();
  all[title] = { ...all[title], ...times };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}
