// Fetches programs of other versions into folders below node_modules/.cache. Nothing is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder with the files of one version. */
export const homeOf = (name) => join(project, "node_modules/.cache", name);
const reasonFile = (home) => `${home}.missing`;

/** Runs a command; returns its output. */
export function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.at(-1)}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
}

/** The reason why `program` is missing in `home`; null when it exists. `fetches`: the command that fetches it. */
export function whyMissingIn(home, program, fetches) {
  if (existsSync(join(home, program))) return null;
  const file = reasonFile(home);
  return existsSync(file) ? readFileSync(file, "utf8") : `${fetches} fetches it`;
}

/**
 * Creates `home` with `program` unless it exists. `make` gets an empty folder and returns the folder that becomes `home`.
 * After a failure, or if `program --version` does not print what `version` matches, `whyMissingIn` returns the reason.
 */
export function fetchInto(home, program, version, make) {
  if (existsSync(join(home, program))) return;
  mkdirSync(dirname(home), { recursive: true });
  const work = mkdtempSync(`${home}-`);
  try {
    renameSync(make(work), home);
    const printed = run(join(home, program), ["--version"]).trim();
    if (!version.test(printed)) throw new Error(`${program} --version prints ${printed}`);
    rmSync(reasonFile(home), { force: true });
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    writeFileSync(reasonFile(home), error.message);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
