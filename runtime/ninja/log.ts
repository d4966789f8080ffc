import { spawnSync } from "node:child_process";
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ByteString, fromBytes, toBytes } from "../util/bytes.ts";
import { shiftTime, type TimeShift } from "../util/time-shift.ts";
import { murmurHash, rapidHash } from "./hash.ts";

/** What became of one build directory's log. */
export type NinjaOutcome =
  | { kind: "rehashed"; directory: string; entries: number; matched: number }
  | { kind: "left"; directory: string; reason: string };

/** How a program is called: what stands before its arguments, and its environment. */
export interface Program {
  command: readonly [string, ...string[]];
  env: NodeJS.ProcessEnv;
}

/**
 * ninja runs a command again when its hash is not the one in `.ninja_log`, and relocation changes every command that
 * names an output path. Writes into the log of `directory` the hashes that the relocated commands have.
 *
 * @param ninja is called in `directory`
 * @param restore puts the old output hashes back into a command: the log's hashes are of that
 */
export function rehashLog(
  directory: string,
  ninja: Program,
  restore: (command: ByteString) => ByteString,
): NinjaOutcome {
  const path = join(directory, ".ninja_log");
  const lines = fromBytes(readFileSync(path)).split("\n");
  const hash = hashOfVersion(lines[0]);
  if (hash === null) return { kind: "left", directory, reason: `${lines[0]} is not a version that is known` };
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
 * Makes the times in a `.ninja_log` fit those of the files that a restore has made earlier: ninja compares them. (Its
 * third column is an output's mtime in nanoseconds; before ninja 1.9 in seconds.) `.ninja_deps` may stay: ninja believes what it
 * says of a file that is no newer.
 * @returns whether anything changed
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
 * Every command as ninja hashes it: the command itself, and where it has a response file `;rspfile=` and the file's
 * contents (EvaluateCommand in ninja's graph.cc). `-t compdb` leaves out edges without inputs, `-t commands` those that
 * no default target needs.
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

/** What stands in the expanded command in the place of `@file`. */
function responseContents(command: ByteString, expanded: ByteString): ByteString | null {
  if (command === expanded) return null;
  let begin = 0;
  while (command[begin] === expanded[begin]) begin++;
  if (command[begin] !== "@") return null;
  const tail = command.slice(begin).replace(/^@\S+/, "");
  return expanded.slice(begin, expanded.length - tail.length);
}

/**
 * The forms that a response file may really have had: `-t compdb -x` writes a space for each newline in it. They come
 * from `$in_newline`, which a generator puts first: so the words that the newlines separate are the inputs, which are
 * at least the leading object files and at most all the leading words that are no option.
 */
function withNewlines(contents: ByteString): ByteString[] {
  const words = contents.split(" ");
  const leading = (test: RegExp) => {
    const end = words.findIndex((word) => !test.test(word));
    return end < 0 ? words.length : end;
  };
  const least = leading(/\.o(bj)?$/);
  const most = Math.min(leading(/^[^-]/), least + 64);
  const forms = [contents, words.join("\n")];
  for (let inputs = least; inputs <= most; inputs++) {
    forms.push([words.slice(0, inputs).join("\n"), ...words.slice(inputs)].join(" "));
  }
  return forms;
}
