import { spawn, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { onTestFinished } from "vitest";
import { makeFolder } from "./example.ts";

export const isRoot = process.getuid?.() === 0;

/** Whether this user may mount file systems in a new namespace. */
export const canMount = isRoot && spawnSync("unshare", ["--mount", "true"]).status === 0;

/**
 * Bundles a program for a separate process, readable by every user. In `source`, `#store/x` and `#util/x` are modules
 * of the runtime, `#test/x` modules in this folder.
 */
export function makeProgram(source: string): string {
  const folders = { store: "../../runtime/store", util: "../../runtime/util", test: "." };
  const contents = source.replace(
    /"#(store|util|test)\/([\w/-]+)"/g,
    (_, folder: keyof typeof folders, name) =>
      JSON.stringify(resolve(import.meta.dirname, folders[folder], `${name}.ts`)),
  );
  const folder = makeFolder();
  chmodSync(folder, 0o755);
  const outfile = join(folder, "program.cjs");
  buildSync({
    stdin: { contents, loader: "ts", resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    external: ["vitest"],
    outfile,
  });
  chmodSync(outfile, 0o644);
  return outfile;
}

/** Runs a program, by default as the current user, and returns its standard output. */
export function runProgram(program: string, args: string[], id?: number, group = id): string {
  const command = [process.execPath, program, ...args];
  const as = id === undefined ? [] : ["setpriv", `--reuid=${id}`, `--regid=${group}`, "--clear-groups"];
  const [file, ...rest] = [...as, ...command];
  const { stdout, stderr, status } = spawnSync(file!, rest, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Starts a program and returns its exit status and standard error when it has ended. It is killed after the test. */
export function startProgram(
  program: string,
  args: string[],
): Promise<{ status: number | null; errors: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  return new Promise((done) => child.on("close", (status) => done({ status, errors })));
}
