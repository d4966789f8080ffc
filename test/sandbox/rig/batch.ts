import { readFileSync } from "node:fs";
import { parseLog } from "./log.ts";
import { isBuilt, nix, type Places, physical, sandboxPaths } from "./nix.ts";
import { type OutPaths, outputsOf } from "./outputs.ts";

/** Many derivations, built by one Nix command. */
export interface BatchResult {
  /** Whether all were built. */
  readonly ok: boolean;
  readonly log: string;
  /** phasecache's lines, without `phasecache: `. */
  readonly messages: string[];
  /** For each derivation, in the order of the list, where its outputs lie; null for one that was not built. */
  readonly outPaths: (OutPaths | null)[];
}

/** Builds what a Nix expression lists, as many at the same time as `jobs` says. */
export async function buildBatch(places: Places, text: string, jobs: number): Promise<BatchResult> {
  const answer = await nix(places, "nix-instantiate", ["-E", text]);
  if (!answer.ok) throw new Error(`nix-instantiate failed:\n${answer.stderr}`);
  const drvPaths = answer.stdout.trim().split("\n");
  const options = Object.entries({
    "sandbox-paths": sandboxPaths(places, true),
    "max-jobs": String(jobs),
    "keep-going": "true",
  }).flatMap(([name, value]) => ["--option", name, value]);
  const args = ["--realise", ...drvPaths, "--log-format", "internal-json", ...options];
  const { ok, stderr } = await nix(places, "nix-store", args);
  const { text: log, messages } = parseLog(stderr, "");
  const outPaths = drvPaths.map((drvPath) => {
    const outputs = Object.entries(outputsOf(readFileSync(physical(places, drvPath), "utf8")));
    if (!outputs.every(([, path]) => isBuilt(places, path))) return null;
    return Object.fromEntries(outputs.map(([name, path]) => [name, physical(places, path)]));
  });
  return { ok, log, messages, outPaths };
}
