import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

const require = createRequire(import.meta.url);

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Options of a run besides its arguments. */
export interface Surroundings {
  env?: Record<string, string>;
  input?: string;
  /** The user ID to run it as. */
  user?: number;
}

/** Runs the built command, and returns its outcome. */
export interface Command {
  (args: string[], surroundings?: Surroundings): Outcome;
  /** Returns the path of the bundle. */
  path(): string;
  /** Returns a directory for $PATH with the command as `phasecache`. */
  bin(): string;
}

/** Builds the command before the tests of a file. */
export function useCommand(): Command {
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "phasecache-cli-"));
    await bundle(folder);
    const start = `#!/bin/sh\nexec '${process.execPath}' '${join(folder, "phasecache.mjs")}' "$@"\n`;
    writeFileSync(join(folder, "phasecache"), start, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = () => join(folder, "phasecache.mjs");
  const run = (args: string[], { env = {}, input = "", user }: Surroundings = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path(), ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, TZ: "UTC", ...env },
      input,
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    return { status, stdout, stderr };
  };
  return Object.assign(run, { path, bin: () => folder });
}

/** Whether a program that only a test needs is installed. */
export function hasProgram(name: string): boolean {
  return spawnSync("which", [name]).status === 0;
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: [resolve(import.meta.dirname, "../../../runtime/cli/main.ts")],
    outfile: join(folder, "phasecache.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "native-binding",
        setup(bundler) {
          bundler.onLoad({ filter: /zstd-napi\/binding\.js$/ }, () => ({
            contents: 'module.exports = require("./binding.node");',
          }));
          bundler.onResolve({ filter: /binding\.node$/ }, ({ path }) => ({ path, external: true }));
        },
      },
    ],
  });
  copyFileSync(resolve(import.meta.dirname, "../../../hooks/enter-build.sh"), join(folder, "enter-build.sh"));
  const zstd = dirname(require.resolve("zstd-napi/package.json"));
  copyFileSync(join(zstd, "build/Release/binding.node"), join(folder, "binding.node"));
}
