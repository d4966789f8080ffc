import type { ByteString } from "../../util/bytes.ts";
import { readsVariable } from "../../util/variable-use.ts";
import { type ComputedCalls, callsOf, computedCallsOf, isCommandIn } from "./calls.ts";
import type { InitialShell } from "./initial-shell.ts";
import { readsEveryVariable } from "./reads.ts";
import { filesRunBy, type RunFile } from "./run-files.ts";
import type { StdenvFunctions } from "./stdenv-functions.ts";
import { wordsOf } from "./words.ts";

/** A special word of a text that reads every variable. */
export const everyVariable = "*";

/** A special word of a text that reads the value of $PATH, and does not only extend it. */
export const searchPath = "$PATH";

/** Returns a special word of a text that may set the variable `name`: one of `AnalyserOptions.switches`. */
export function assignmentOf(name: string): string {
  return `${name}=`;
}

/** What the analysis of a text needs besides the shell. */
export interface AnalyserOptions {
  /** The texts of the derivation's attributes, by name. */
  attributes: ReadonlyMap<ByteString, ByteString>;
  storeDir: ByteString;
  /** Functions whose names are also words of other languages. */
  commands: readonly string[];
  /** Variables that disable or enable phases. */
  switches: readonly string[];
}

/** A text to analyse. */
export interface Text {
  text: ByteString;
  /** The name of the function, when it is the text of one. */
  name?: string;
  /** Whether all variables are unset that are neither attributes nor set by setup hooks, as in functions of hooks. */
  complete?: boolean;
}

/** The result of analysing one text, without the functions and files that it uses. */
export interface Analysis {
  words: Set<string>;
  calls: Set<string>;
  computed: ComputedCalls | null;
  files: RunFile[];
}

/** Returns a function that analyses texts, and caches the results. */
export function createAnalyser(
  shell: InitialShell,
  options: AnalyserOptions,
  stdenvFunctions: StdenvFunctions,
): (one: Text) => Analysis {
  const { attributes, storeDir, commands, switches } = options;
  // In bash, names of functions need not be words.
  const unusualNames = [...shell.functions.keys()].filter((name) => /\W/.test(name));
  const isAttribute = (name: string) => attributes.has(name) || attributes.has(`env.${name}`);
  const has = (name: string) => attributes.has(name) || shell.variables.has(name);
  const textOf = (name: string) => attributes.get(name) ?? shell.variables.get(name);
  const cache = new Map<ByteString, Analysis>();

  const analyse = ({ text, name, complete = name !== undefined }: Text): Analysis => {
    const words = wordsOf(text);
    const calls = callsOf(text);
    for (const command of commands) {
      if (!words.has(command) || isCommandIn(text, command)) continue;
      words.delete(command);
      calls.delete(command);
    }
    for (const one of switches) if (words.has(one) && maySet(text, one)) words.add(assignmentOf(one));
    for (const call of unusualNames) if (mentions(text, call)) calls.add(call);
    const findIndirectUses = (part: ByteString) => ({
      readsAll: readsEveryVariable(part, { has, isAttribute, complete }),
      path: readsSearchPath(part),
      computed: computedCallsOf(part),
      files: filesRunBy(part, storeDir, textOf),
    });
    let uses = findIndirectUses(text);
    const hasUses = uses.readsAll || uses.path || uses.computed !== null || uses.files.length > 0;
    if (hasUses && name !== undefined && stdenvFunctions.has(name))
      uses = findIndirectUses(stdenvFunctions.withoutStdenvLines(name, text));
    if (uses.readsAll) words.add(everyVariable);
    if (uses.path) words.add(searchPath);
    return { words, calls, computed: uses.computed, files: uses.files };
  };
  return (one) => {
    const id = `${one.name ?? ""}\0${one.complete ?? ""}\0${one.text}`;
    const analysis = cache.get(id) ?? analyse(one);
    cache.set(id, analysis);
    return analysis;
  };
}

/** Returns the wanted words that a program reads from the environment. The program is not a text of this shell. */
export function readByProgram(text: ByteString, wanted: readonly string[]): string[] {
  const readsAll = readsEveryVariable(text, { has: () => true, isAttribute: () => false, complete: true });
  return [...wanted.filter((word) => readsVariable(text, word)), ...(readsAll ? [everyVariable] : [])];
}

/** Whether a text may set a variable: it names the variable other than in an expansion. */
function maySet(text: ByteString, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(
    text.replace(new RegExp(`\\$(?:\\{[#!]?)?${name}\\b(?!:?=)`, "g"), ""),
  );
}

function mentions(text: ByteString, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w-]/.test(text[at - 1] ?? "") && !/[\w-]/.test(text[at + name.length] ?? "")) return true;
  }
  return false;
}

/** Whether a text reads the value of $PATH. Extending it and passing it on do not count: `PATH=$PWD/bin:$PATH`. */
function readsSearchPath(text: ByteString): boolean {
  if (!text.includes("PATH")) return false;
  const rest = text.replace(/(?<![\w$])PATH=(?:"[^"]*"|'[^']*'|[^\s;&|"'()])*/g, "");
  return (
    /(?<!\\)\$(?:PATH\b|\{[#!]?PATH\b)/.test(rest) || readsVariable(rest.replace(/\$\{?PATH\b/g, ""), "PATH")
  );
}
