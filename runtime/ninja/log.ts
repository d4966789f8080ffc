import { spawnSync } from "node:child_process";
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ByteString, fromBytes, toBytes } from "../util/bytes.ts";
import { shiftTime, type TimeShift } from "../util/time-shift.ts";
import { murmurHash, rapidHash } from "./hash.ts";

/** The outcome of `rehashLog` for one build directory. */
type NinjaOutcome =
  | { kind: "rehashed"; directory: string; entries: number; matched: number }
  | { kind: "left"; directory: string; reason: string };

/** How to call a program: the start of its command line, and its environment. */
export interface Program {
  command: readonly [string, ...string[]];
  env: NodeJS.ProcessEnv;
}

/**
 * Updates the hashes of relocated commands in the `.ninja_log` of `directory`. ninja runs a command again when its hash
 * differs from the one in the log, and relocation changes every command that names an output path.
 *
 * @param ninja called in `directory`
 * @param restore puts the old output hashes back into a command, to get the command whose hash is in the log
 */
export function rehashLog(
  directory: string,
  ninja: Program,
  restore: (command: ByteString) => ByteString,
): NinjaOutcome {
  const path = join(directory, ".ninja_log");
  const lines = fromBytes(readFileSync(path)).split("\n");
  const hash = hashOfVersion(lines[0]);
  if (hash === null) return { kind: "left", directory, reason: `${lines[0]} is not a known version` };
  const commands = listCommands(directory, ninja);
  if (commands === null) return { kind: "left", directory, reason: "ninja could not list its commands" };
  const successors = new Map<string, string>();
  for (const command of commands) {
    const before = restore(command);
    if (before !== command) successors.set(hash(before), hash(command));
  }
  let matched = 0;
  const next = lines.map((line) => {
    const end = line.lastIndexOf("\t") + 1;
    const successor = end === 0 ? undefined : successors.get(line.slice(end));
    if (successor === undefined) return line;
    matched++;
    return line.slice(0, end) + successor;
  });
  const { atime, mtime } = statSync(path);
  writeFileSync(path, toBytes(next.join("\n")));
  utimesSync(path, atime, mtime);
  return {
    kind: "rehashed",
    directory,
    entries: lines.filter((line) => line.includes("\t")).length,
    matched,
  };
}

/**
 * Shifts the times in a `.ninja_log` like those of the restored files, with which ninja compares them. The log's third
 * column is an output's mtime in nanoseconds, and before ninja 1.9 in seconds. `.ninja_deps` needs no change: ninja uses
 * its entry for every file that is not newer.
 * @returns whether the log changed
 */
export function shiftLog(path: string, shift: TimeShift): boolean {
  const lines = fromBytes(readFileSync(path)).split("\n");
  const next = lines.map((line) => {
    const fields = line.split("\t");
    if (fields.length !== 5 || !/^\d{1,19}$/.test(fields[2]!)) return line;
    const scale = fields[2]!.length > 11 ? 1n : 1_000_000_000n;
    fields[2] = String(shiftTime(shift, BigInt(fields[2]!) * scale) / scale);
    return fields.join("\t");
  });
  if (next.join("\n") === lines.join("\n")) return false;
  const { atime, mtime } = statSync(path);
  writeFileSync(path, toBytes(next.join("\n")));
  utimesSync(path, atime, mtime);
  return true;
}

function hashOfVersion(firstLine: string | undefined): ((text: ByteString) => string) | null {
  const version = /^# ninja log v(\d+)$/.exec(firstLine ?? "")?.[1];
  if (version === "5" || version === "6") return murmurHash;
  return version === "7" ? rapidHash : null;
}

/**
 * Lists every command in the form that ninja hashes: the command itself, followed, if it has a response file, by
 * `;rspfile=` and the file's contents (EvaluateCommand in ninja's graph.cc). Both of ninja's lists are needed: `-t compdb`
 * leaves out edges without inputs, `-t commands` those that no default target needs. Returns null when ninja fails.
 */
function listCommands(
  directory: string,
  { command: [program, ...before], env }: Program,
): Set<ByteString> | null {
  const run = (...args: string[]) => {
    const result = spawnSync(program, [...before, "-t", ...args], {
      cwd: directory,
      maxBuffer: 1 << 30,
      env,
    });
    return result.status === 0 ? fromBytes(result.stdout) : null;
  };
  const plain = run("commands");
  const database = run("compdb");
  const expanded = run("compdb", "-x");
  if (plain === null || database === null || expanded === null) return null;
  const commands = new Set(plain.split("\n"));
  const full = parseCommands(expanded);
  for (const [i, command] of parseCommands(database).entries()) {
    commands.add(command);
    const contents = responseContents(command, full[i] ?? command);
    if (contents !== null) {
      for (const form of withNewlines(contents)) commands.add(`${command};rspfile=${form}`);
    }
  }
  return commands;
}

function parseCommands(json: ByteString): ByteString[] {
  const edges = JSON.parse(json) as { command: ByteString }[];
  return edges.map(({ command }) => command);
}

/** Returns the contents of the response file: the text that replaces `@file` in the expanded command. */
function responseContents(command: ByteString, expanded: ByteString): ByteString | null {
  if (command === expanded) return null;
  let begin = 0;
  while (command[begin] === expanded[begin]) begin++;
  if (command[begin] !== "@") return null;
  const rest = command.slice(begin).replace(/^@\S+/, "");
  return expanded.slice(begin, expanded.length - rest.length);
}

/**
 * Returns the possible contents of a response file, given what `-t compdb -x` prints: a space in place of each newline. The
 * newlines come from `$in_newline`, which generators put first. So they separate the inputs, which are at least the leading
 * object files, and at most all leading words that are not options.
 */
function withNewlines(contents: ByteString): ByteString[] {
  const words = contents.split(" ");
  const leading = (test: RegExp) => {
    const end = words.findIndex((word) => !test.test(word));
    return end < 0 ? words.length : end;
  };
  const fewest = leading(/\.o(bj)?$/);
  const most = Math.min(leading(/^[^-]/), fewest + 64);
  const forms = [contents, words.join("\n")];
  for (let inputs = fewest; inputs <= most; inputs++) {
    forms.push([words.slice(0, inputs).join("\n"), ...words.slice(inputs)].join(" "));
  }
  return forms;
}
