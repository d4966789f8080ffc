import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDump, type ShellState } from "../../../runtime/shell/index.ts";
import type { Harness } from "./harness.ts";

/** A runtime that answers with what it was given. */
const echo =
  'const { readFileSync, writeSync } = require("node:fs"); writeSync(Number(process.argv[2]), readFileSync(0));';

/**
 * Applies a plan's script in a real bash as the hook does, and then makes a call with what that shell has become.
 * @returns the state that the call was told
 */
export function applied(harness: Harness, script: string): ShellState {
  writeFileSync(harness.file("plan"), script, "latin1");
  writeFileSync(harness.file("echo.cjs"), echo);
  mkdirSync(harness.top, { recursive: true });
  const lines = [
    `source ${resolve("hooks/dump-state.sh")}`,
    `source ${resolve("hooks/watch.sh")}`,
    `apply() { local script; script=$(<${harness.file("plan")}); builtin eval "$script"; }`,
    "apply || builtin exit 9",
    `_phaseCacheDump "$-" | _phaseCacheWatch ${process.execPath} ${harness.file("echo.cjs")}`,
  ];
  const { stdout, stderr, status } = spawnSync(
    "/bin/bash",
    ["--norc", "--noprofile", "-c", lines.join("\n")],
    {
      env: { PATH: "/usr/bin:/bin" },
      cwd: harness.top,
    },
  );
  if (status !== 0) throw new Error(`bash ended with ${status}: ${stderr}`);
  return parseDump(stdout);
}
