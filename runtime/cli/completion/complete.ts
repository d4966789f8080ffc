import { configKeys } from "../../store/config.ts";
import { type Command, flagOf, listNamed, type Named, nameOf } from "../command.ts";
import { commands, globalOptions } from "../registry.ts";
import { type Candidate, fromStore, packages, phases, snapshots } from "./store-candidates.ts";

const globals: Named[] = [
  ...listNamed(globalOptions),
  { name: "help", type: "boolean", describe: "Show help" },
];

/** The names of arguments that take snapshots or packages. */
const snapshotNames = ["id", "snapshot", "snapshots", "other", "before", "after"];

/** Returns the candidates for the last of the words after `phasecache`; none where a file name is expected. */
export function complete(typed: readonly string[]): Candidate[] {
  const words = joinAssignments(typed);
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { command, values } = parse(before);
  const context = { words: before, package: values[0] };
  const options = [...globals, ...listNamed(command?.options ?? {})];
  const [, assigned, value = ""] = /^--([\w-]+)=(.*)$/s.exec(current) ?? [];
  if (assigned !== undefined) {
    const found = valuesOf(
      options.find(({ name }) => name === assigned),
      value,
      context,
    );
    return found.map(([word, describe]) => [`--${assigned}=${word}`, describe]);
  }
  const open = options.find((option) => takesValue(option) && isCalled(option, before.at(-1) ?? ""));
  if (open !== undefined) return valuesOf(open, current, context);
  if (current.startsWith("-")) return starting(options.map(optionWord), current);
  if (command === undefined)
    return starting(
      commands.map((one) => [nameOf(one), one.describe]),
      current,
    );
  const named = listNamed(command.arguments);
  const last = named.at(-1);
  const argument = named[values.length] ?? (last?.array ? last : undefined);
  return valuesOf(argument, current, context);
}

/** Joins what bash splits at the `=` of `--sort=size`. */
function joinAssignments(typed: readonly string[]): string[] {
  const words: string[] = [];
  for (const [i, word] of typed.entries()) {
    const isJoined = i > 0 && (word === "=" || typed[i - 1] === "=") && words.at(-1)?.startsWith("--");
    if (isJoined) words.push(`${words.pop()}${word}`);
    else words.push(word);
  }
  return words;
}

function parse(words: readonly string[]) {
  let command: Command | undefined;
  const values: string[] = [];
  for (const [i, word] of words.entries()) {
    const known = [...globals, ...listNamed(command?.options ?? {})];
    if (word.startsWith("-") || known.some((one) => takesValue(one) && isCalled(one, words[i - 1] ?? "")))
      continue;
    if (command === undefined) command = commands.find((one) => nameOf(one) === word);
    else values.push(word);
  }
  return { command, values };
}

function isCalled({ name, alias }: Named, word: string): boolean {
  return word === flagOf(name) || (alias !== undefined && word === `-${String(alias)}`);
}

function takesValue({ type, choices }: Named): boolean {
  return type === "string" || type === "number" || choices !== undefined;
}

function optionWord({ name, describe, type, default: usual }: Named): Candidate {
  return [type === "boolean" && usual === true ? `--no-${name}` : flagOf(name), describe ?? ""];
}

function starting(candidates: readonly Candidate[], text: string): Candidate[] {
  return candidates.filter(([word]) => word.startsWith(text));
}

/** Returns the possible values of an option or an argument. */
function valuesOf(
  named: Named | undefined,
  current: string,
  { words, package: typed }: { words: readonly string[]; package: string | undefined },
): Candidate[] {
  if (named === undefined) return [];
  if (named.choices !== undefined)
    return starting(
      named.choices.map((choice): Candidate => [String(choice), ""]),
      current,
    );
  if (named.name === "key")
    return starting(
      configKeys.map((key): Candidate => [key, ""]),
      current,
    );
  if (named.name === "package") return starting(fromStore(words, packages), current);
  if (named.name === "phase" || named.name === "through")
    return starting(
      fromStore(words, (store) => phases(store, typed)),
      current,
    );
  if (!snapshotNames.includes(named.name)) return [];
  return starting(
    fromStore(words, (store) => snapshots(store, current)),
    current,
  );
}
