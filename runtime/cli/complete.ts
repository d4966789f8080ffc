import { configKeys } from "../store/config.ts";
import { listHeaders, listPackages, listRefs } from "../store/list.ts";
import { openStore, type Store } from "../store/open.ts";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { commands, defaultStore, globalOptions } from "./commands.ts";
import { flagOf, type Named, type Outline, outlineOf } from "./outline.ts";

/** Something that the last word may become, and what it is. */
type Candidate = [word: string, describe: string];

const globals: Named[] = [
  ...Object.entries(globalOptions).map(([name, options]) => ({ name, ...options })),
  { name: "help", type: "boolean", describe: "Show help" },
];

/** Arguments, by their names, that are snapshots or packages. */
const snapshotNames = ["id", "snapshot", "snapshots", "other", "before", "after"];

/** What the last of these words, which follow `phasecache`, may become: none where only a file name may stand. */
export function complete(typed: readonly string[]): Candidate[] {
  const words = joinAssignments(typed);
  const current = words.at(-1) ?? "";
  const outlines = commands.map((module) => outlineOf(module as never));
  const before = words.slice(0, -1);
  const { command, values } = parse(before, outlines);
  const options = [...globals, ...(command?.options ?? [])];
  const [, assigned, value = ""] = /^--([\w-]+)=(.*)$/s.exec(current) ?? [];
  if (assigned !== undefined) {
    const found = valuesOf(
      options.find(({ name }) => name === assigned),
      value,
      before,
    );
    return found.map(([word, describe]) => [`--${assigned}=${word}`, describe]);
  }
  const open = options.find((option) => takesValue(option) && isCalled(option, before.at(-1) ?? ""));
  if (open !== undefined) return valuesOf(open, current, before);
  if (current.startsWith("-")) return starting(options.map(optionWord), current);
  if (command === undefined)
    return starting(
      outlines.map(({ name, describe }) => [name, describe]),
      current,
    );
  const last = command.arguments.at(-1);
  const argument = command.arguments[values.length] ?? (last?.array ? last : undefined);
  return valuesOf(argument, current, before);
}

/** bash splits `--sort=size` at the `=`. */
function joinAssignments(typed: readonly string[]): string[] {
  const words: string[] = [];
  for (const [i, word] of typed.entries()) {
    const isJoined = i > 0 && (word === "=" || typed[i - 1] === "=") && words.at(-1)?.startsWith("--");
    if (isJoined) words.push(`${words.pop()}${word}`);
    else words.push(word);
  }
  return words;
}

function parse(words: readonly string[], outlines: readonly Outline[]) {
  let command: Outline | undefined;
  const values: string[] = [];
  for (const [i, word] of words.entries()) {
    const known = [...globals, ...(command?.options ?? [])];
    if (word.startsWith("-") || known.some((one) => takesValue(one) && isCalled(one, words[i - 1] ?? "")))
      continue;
    if (command === undefined) command = outlines.find(({ name }) => name === word);
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

/** What an option or an argument may be. */
function valuesOf(named: Named | undefined, current: string, words: readonly string[]): Candidate[] {
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
  if (named.name === "phase" || named.name === "through") return starting(fromStore(words, phases), current);
  if (!snapshotNames.includes(named.name)) return [];
  return starting(
    fromStore(words, (store) => snapshots(store, current)),
    current,
  );
}

/** Nothing when the store can't be read: completing is no place to complain. */
function fromStore(words: readonly string[], read: (store: Store) => Candidate[]): Candidate[] {
  const at = words.indexOf("--store");
  const assigned = words.find((word) => word.startsWith("--store="))?.slice("--store=".length);
  try {
    return read(openStore((at >= 0 ? words[at + 1] : assigned) ?? defaultStore(), { write: false }));
  } catch (error) {
    if (error instanceof PhaseCacheError) return [];
    throw error;
  }
}

function packages(store: Store): Candidate[] {
  return listPackages(store).map((name) => [name, "package"]);
}

function phases(store: Store): Candidate[] {
  const names = new Set(listHeaders(store).headers.map(({ phase }) => phase));
  return [...names].filter((name) => printable(name) === name).map((name) => [name, "phase"]);
}

/** Packages; behind a slash the phases of one; IDs once one has been begun. */
function snapshots(store: Store, current: string): Candidate[] {
  const slash = current.lastIndexOf("/");
  if (slash > 0) {
    const name = current.slice(0, slash);
    const names = new Set(listHeaders(store, { package: name }).headers.map(({ phase }) => phase));
    const shown = [...names].filter((phase) => /^[\w.+-]+$/.test(phase));
    return shown.map((phase) => [`${name}/${phase}`, "newest after this phase"]);
  }
  if (!/^[0-9a-f]{1,12}$/.test(current)) return packages(store);
  const ids = listPackages(store).flatMap((name) =>
    listRefs(store, name).map(({ id }): Candidate => [id, `of ${name}`]),
  );
  return [...packages(store), ...ids];
}
