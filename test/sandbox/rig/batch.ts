import { readFileSync } from "node:fs";
import { parseLog } from "./log.ts";
import { isBuilt, nix, type Places, physical, sandboxPaths } from "./nix.ts";
import { type OutPaths, outputsOf } from "./outputs.ts";

/** The result of one Nix command that builds several derivations. */
export interface BatchResult {
  /** Whether all derivations were built. */
  readonly ok: boolean;
  readonly log: string;
  /** phasecache's messages, without `phasecache: `. */
  readonly messages: string[];
  /** The paths of each derivation's outputs, in the order of the list; null for one that was not built. */
  readonly outPaths: (OutPaths | null)[];
}

/** Builds the derivations that a Nix expression lists, `jobs` at the same time. */
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
