import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Outputs } from "../key/derivation/outputs.ts";
import type { LayerIndex } from "../layer/index/layer-index.ts";
import { relocateIndex } from "../layer/relocation/patch.ts";
import type { SourceLayer } from "../layer/restore.ts";
import { type Program, rehashLog } from "../ninja/log.ts";
import type { ShellState } from "../shell/index.ts";
import type { LayerRef } from "../store/records/header.ts";
import type { Root } from "../tree/entry.ts";
import { type ByteString, toText } from "../util/bytes.ts";
import { systemCode } from "../util/error.ts";
import { relocator } from "./patterns.ts";

/** A `.ninja_log` with the hashes of commands before relocation. */
export interface StaleLog {
  /** The layer path of its directory. */
  directory: ByteString;
  /** The outputs that those commands refer to. */
  outputs: Outputs;
}

/**
 * Finds the logs in a restored tree whose commands have been relocated to `outputs`. There are none unless a manifest has
 * been relocated.
 * @param tree returns the tree's entries by layer path; `isFile` tells whether an entry is a regular file
 * @param refs the layers' references, in the same order
 */
export function findStaleLogs<T>(
  tree: () => ReadonlyMap<ByteString, T>,
  isFile: (entry: T) => boolean,
  layers: readonly SourceLayer[],
  refs: readonly LayerRef[],
  outputs: Outputs,
): StaleLog[] {
  const isForeign = (from: Outputs) => from.out !== outputs.out;
  if (!layers.some(({ index }, i) => isForeign(refs[i]!.outputs) && hasRelocatedManifest(index))) return [];
  const present = tree();
  const paths = [...present.keys()].filter(
    (path) => path.startsWith("build/") && path.endsWith("/.ninja_log") && isFile(present.get(path)!),
  );
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  return paths.flatMap((path) => {
    const writer = indexes.findLastIndex(({ entries }) => entries.some((entry) => entry.path === path));
    const from = refs[writer]?.outputs;
    if (from === undefined || !isForeign(from)) return [];
    return [{ directory: path.slice(0, -"/.ninja_log".length), outputs: from }];
  });
}

/** Whether a file that ninja reads commands from, judging by its name, contains the path of an output. */
function hasRelocatedManifest({ entries, relocations }: LayerIndex): boolean {
  // Both are in the order of the stream.
  let next = 0;
  return entries.some(({ path, start, end }) => {
    while ((relocations[next]?.offset ?? Infinity) < start) next++;
    return path.endsWith(".ninja") && (relocations[next]?.offset ?? Infinity) < end;
  });
}

/**
 * Updates the hashes in these logs to the relocated commands, so that ninja does not run them all again.
 * @param root the build directory
 * @param find returns how to call ninja for a log
 * @returns whether any file was written, and the failures as sentences
 */
export function rehashLogs(
  logs: readonly StaleLog[],
  root: Root,
  outputs: Outputs,
  find: (log: StaleLog) => Program | null,
): { written: boolean; problems: string[] } {
  let written = false;
  const problems: string[] = [];
  for (const log of logs) {
    const directory = toText(root.path + log.directory.slice("build".length));
    const reason = (): string | null => {
      const ninja = find(log);
      if (ninja === null) return "cannot update ninja's log without ninja in PATH";
      const outcome = rehashLog(directory, ninja, relocator(outputs, log.outputs));
      if (outcome.kind === "left") return outcome.reason;
      written ||= outcome.matched > 0;
      return null;
    };
    const obstacle = withoutSystemErrors(reason);
    if (obstacle !== null) problems.push(`${directory}: ${obstacle}; ninja may rebuild targets`);
  }
  return { written, problems };
}

/** Turns a system error into its message: a read-only file, for example, must not discard the whole restore. */
function withoutSystemErrors(act: () => string | null): string | null {
  try {
    return act();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return (error as Error).message;
  }
}

/** Finds the absolute path of a program in a PATH; ignores directories that are not absolute. */
export function findProgram(name: string, path: string): string | null {
  for (const directory of path.split(":").filter((one) => one.startsWith("/"))) {
    const program = join(directory, name);
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/** The PATH of a shell's state; empty if it has none. */
export function pathOf({ variables }: ShellState): string {
  const path = variables.get("PATH")?.value;
  return path?.kind === "string" ? toText(path.text) : "";
}
