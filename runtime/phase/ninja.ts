import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { rehashLog } from "../archive/ninja-log.ts";
import type { SourceLayer } from "../archive/restore.ts";
import type { Outputs } from "../key/outputs.ts";
import type { ShellState } from "../shell/index.ts";
import type { LayerRef } from "../store/record.ts";
import type { Root, Tree } from "../tree/scan.ts";
import { toText } from "../util/bytes.ts";
import type { Messages } from "./messages.ts";
import { relocator } from "./needles.ts";

/**
 * Has each `.ninja_log` in a restored tree name the commands as relocation has left them, so that ninja does not run
 * them all again. Returns whether any file was written.
 */
export function rehashNinjaLogs(
  tree: Tree,
  root: Root,
  layers: readonly { source: SourceLayer; ref: LayerRef }[],
  build: { outputs: Outputs; initial: ShellState; messages: Messages },
): boolean {
  const logs = [...tree.keys()].filter((path) => path.startsWith("build/") && path.endsWith("/.ninja_log"));
  let written = false;
  for (const log of logs) {
    const layer = layers.findLast(({ source }) => source.index.entries.some(({ path }) => path === log));
    if (layer === undefined || layer.ref.outputs.out === build.outputs.out) continue;
    const directory = toText(root.path + log.slice("build".length, -"/.ninja_log".length));
    const ninja = findProgram("ninja", build.initial);
    if (ninja === null) {
      build.messages.warn(
        `${directory}: there is no ninja in PATH to list its commands with; it may build anew`,
      );
      continue;
    }
    const outcome = rehashLog(directory, ninja, relocator(build.outputs, layer.ref.outputs));
    if (outcome.kind === "left") build.messages.warn(`${directory}: ${outcome.reason}; ninja may build anew`);
    else written ||= outcome.matched > 0;
  }
  return written;
}

/** The absolute path of a program, as the build's PATH has it. */
function findProgram(name: string, { variables }: ShellState): string | null {
  const path = variables.get("PATH")?.value;
  for (const directory of path?.kind === "string" ? path.text.split(":") : []) {
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
