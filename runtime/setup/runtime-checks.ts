import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { isAtLeast } from "../nix/version.ts";
import { readTools } from "../snapshot/tools.ts";
import { compressFrame, decompressFrame } from "../util/encoding/zstd.ts";
import { type Finding, fail, pass } from "./finding.ts";

const oldestNode = "20.0.0";
const scripts = ["dump-state.sh", "phase-parts.sh", "undo-restore.sh", "watch.sh"];
const files = ["hook.cjs", "runtime.cjs", "binding.node", "phase-variables.json", ...scripts];
const reinstall = "reinstall phasecache";

/** Checks Node (its `version`) and the runtime of builds; `folder` holds the bundles. */
export function checkRuntime(folder: string, version = process.versions.node): Finding[] {
  return [checkNode(version), checkFiles(folder) ?? checkTools(folder) ?? checkWork(folder)];
}

function checkNode(version: string): Finding {
  if (isAtLeast(version, oldestNode)) return pass("node", `Node ${version} (${process.execPath})`);
  return fail("node", `Node ${version} is older than ${oldestNode}`, "install a newer Node");
}

function checkFiles(folder: string): Finding | null {
  const missing = files.filter((name) => !existsSync(join(folder, name)));
  return missing.length === 0
    ? null
    : fail("runtime", `missing in ${folder}: ${missing.join(", ")}`, reinstall);
}

function checkTools(folder: string): Finding | null {
  const { tar, find } = readTools(folder);
  const missing = [tar, find].filter((path) => !isExecutable(path));
  return missing.length === 0 ? null : fail("runtime", `cannot execute ${missing.join(", ")}`, reinstall);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Checks that the hook's bundle starts and that the native part of zstd works. */
function checkWork(folder: string): Finding {
  const text = Buffer.from("phasecache");
  try {
    if (!decompressFrame(compressFrame(text, 1), text.length).equals(text))
      throw new Error("zstd does not decompress to the original bytes");
    const { stderr } = spawnSync(process.execPath, [join(folder, "hook.cjs")], { encoding: "utf8", env: {} });
    // Its message when it is called without a command.
    if (!stderr.includes("unknown call")) throw new Error(stderr.trim() || "hook.cjs printed nothing");
    return pass("runtime", `the runtime in ${folder} works`);
  } catch (error) {
    return fail("runtime", `the runtime does not work: ${(error as Error).message}`, reinstall);
  }
}
