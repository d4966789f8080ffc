import { accessSync, constants, existsSync } from "node:fs";
import type { ShellFacts, ShellState } from "../../shell/index.ts";
import { type ByteString, printable, toBytes, toText } from "../../util/bytes.ts";
import type { SessionState } from "../session.ts";
import type { Surroundings } from "./surroundings.ts";

/** Something that a phase has left and that a restore can't bring back. */
export interface Obstacle {
  /** A clause to print after "buildPhase is not saved: ". */
  text: string;
  /** Whether caching has to stop for the rest of the build. */
  ends: boolean;
}

/** A shell before the first phase or after a phase. */
export interface ShellMoment {
  facts: ShellFacts;
  surroundings: Surroundings;
}

/** Finds the reason why the shell after a phase can't be restored; null if it can. */
export function findObstacle(
  state: Pick<SessionState, "roots">,
  shell: ShellState,
  before: ShellMoment,
  now: ShellMoment,
): Obstacle | null {
  const lasting = trapObstacle(before.facts, now.facts) ?? replacedObstacle(now.facts);
  if (lasting !== null) return { text: lasting, ends: true };
  const text =
    directoryObstacle(shell.cwd, state) ??
    jobObstacle(before.facts, now.facts) ??
    shellObstacle(before.facts, now.facts) ??
    commandObstacle(before.facts, now.facts, shell) ??
    descriptorObstacle(before.surroundings, now.surroundings) ??
    settingObstacle(before.surroundings, now.surroundings) ??
    nameObstacle(before.surroundings, now.surroundings);
  return text === null ? null : { text, ends: false };
}

function shown(text: ByteString): string {
  return printable(toText(text));
}

/** The first line of `now` that `before` does not have. */
function newLine(before: ByteString, now: ByteString): ByteString | undefined {
  const known = new Set(before.split("\n"));
  return now.split("\n").find((line) => line !== "" && !known.has(line));
}

function trapObstacle(before: ShellFacts, now: ShellFacts): string | null {
  if (before.traps === now.traps) return null;
  const changed = newLine(before.traps, now.traps) ?? "one was removed";
  return `it changed a trap, which cannot be restored: ${shown(changed)}`;
}

/** If a phase replaces stdenv's functions, the hook is not called any more. */
function replacedObstacle({ replaced }: ShellFacts): string | null {
  const [first] = replaced;
  return first === undefined ? null : `it replaced the function ${shown(first)} of stdenv`;
}

/** Whether the hook is called at the end of the builder: by the function that stdenv has set as the trap on EXIT. */
export function isCalledAtEnd({ traps, replaced }: ShellFacts): boolean {
  return !replaced.includes("exitHandler") && /^trap -- '?exitHandler'? EXIT$/m.test(traps);
}

/** Later phases could not run in a directory outside the roots. */
function directoryObstacle(cwd: ByteString, { roots }: Pick<SessionState, "roots">): string | null {
  if (!roots.some(({ path }) => cwd === path || cwd.startsWith(`${path}/`)))
    return `it left the shell in ${shown(cwd)}, outside the build directory and the outputs`;
  return existsSync(toBytes(cwd)) ? null : `it left the shell in ${shown(cwd)}, which does not exist`;
}

/** A phase may wait for a job that an earlier one has started. See "Job Control Basics" in bash's manual. */
function jobObstacle(before: ShellFacts, now: ShellFacts): string | null {
  const job = newLine(before.jobs, now.jobs);
  if (job === undefined) return null;
  const [, command] = /^\[\d+\][-+ ]*\d+ +(.*)$/.exec(job) ?? [];
  return `it left a background job: ${shown(command ?? job).replace(/ +/g, " ")}`;
}

function shellObstacle(before: ShellFacts, now: ShellFacts): string | null {
  if (before.exported !== now.exported)
    return `it changed the export attribute of ${now.exported || before.exported}`;
  if (before.builtins === now.builtins) return null;
  const changed = newLine(before.builtins, now.builtins) ?? newLine(now.builtins, before.builtins);
  return `it changed which builtins are enabled: ${shown(changed ?? "")}`;
}

/** A command that bash has hashed at another path than PATH gives: by `hash -p`, or because PATH has an earlier one now. */
function commandObstacle(before: ShellFacts, now: ShellFacts, { variables }: ShellState): string | null {
  const searchPath = variables.get("PATH")?.value;
  const directories = searchPath?.kind === "string" ? searchPath.text.split(":") : [];
  const known = new Set(before.commands.split("\n"));
  for (const line of now.commands.split("\n")) {
    const [, path, name] = /^builtin hash -p (.+) (\S+)$/.exec(line) ?? [];
    if (path === undefined || known.has(line) || findInPath(name!, directories) === path) continue;
    return `bash has hashed the command ${shown(name!)} as ${shown(path)}, which is not where PATH finds it`;
  }
  return null;
}

function findInPath(name: ByteString, directories: readonly ByteString[]): ByteString | undefined {
  return directories.map((directory) => `${directory}/${name}`).find((path) => isProgram(toBytes(path)));
}

function isProgram(path: Uint8Array): boolean {
  try {
    accessSync(Buffer.from(path), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function descriptorObstacle(before: Surroundings, now: Surroundings): string | null {
  if (before.descriptors === null || now.descriptors === null) return null;
  const numbers = new Set([...Object.keys(before.descriptors), ...Object.keys(now.descriptors)]);
  for (const number of numbers) {
    const [old, target] = [before.descriptors[number], now.descriptors[number]];
    if (old === target) continue;
    if (target === undefined) return `it closed file descriptor ${number}`;
    return `it ${old === undefined ? "opened" : "redirected"} file descriptor ${number}: ${printable(target)}`;
  }
  return null;
}

function settingObstacle(before: Surroundings, now: Surroundings): string | null {
  for (const [name, limit] of Object.entries(now.limits)) {
    const old = before.limits[name];
    if (old !== limit) return `it changed the limit "${name}": ${old ?? "none"} → ${limit}`;
  }
  if (before.scheduling !== now.scheduling)
    return `it changed the shell's scheduling: ${before.scheduling} → ${now.scheduling}`;
  if (before.mode === now.mode) return null;
  return `it changed the build directory's mode: ${before.mode.toString(8)} → ${now.mode.toString(8)}`;
}

function nameObstacle(before: Surroundings, now: Surroundings): string | null {
  const queue = now.queues.find((one) => !before.queues.includes(one));
  if (queue !== undefined) return `it left a System V IPC object: ${queue}`;
  for (const [directory, names] of Object.entries(now.names ?? {})) {
    const known = new Set(before.names?.[directory]);
    const name = names.find((one) => !known.has(one));
    if (name !== undefined)
      return `it left ${printable(`${directory}/${name}`.replace("//", "/"))}, outside the build directory and the outputs`;
  }
  return null;
}
