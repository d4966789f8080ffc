import type { ByteString } from "../../util/bytes.ts";
import { readsVariable } from "../../util/variable-use.ts";
import { type ComputedCalls, callsOf, computedCallsOf, isCommandIn } from "./calls.ts";
import { withoutComments } from "./comments.ts";
import { readsEveryVariable } from "./reads.ts";
import { filesRunBy, type RunFile, readText } from "./run-files.ts";
import { parseStdenvFunctions, type StdenvFunctions } from "./stdenv-functions.ts";
import { wordsOf } from "./words.ts";

/** The shell before the first phase. */
export interface InitialShell {
  /** Functions by name: the output of `declare -f`. */
  functions: ReadonlyMap<string, ByteString>;
  /** Values of variables by name. Each element of an array is a line. */
  variables: ReadonlyMap<string, ByteString>;
}

/** A special word of a text that reads every variable. */
export const everyVariable = "*";

/** A special word of a text that reads the value of $PATH, and does not only extend it. */
export const searchPath = "$PATH";

/** stdenv's functions that run the phases. They are not followed, because each phase is searched separately. */
const runners: ReadonlySet<string> = new Set([
  "genericBuild",
  "definePhases",
  "runPhase",
  "showPhaseHeader",
  "dumpVars",
]);

/** Returns the names of variables and functions that can contain code of a phase: the phase, and the hooks around it. */
export function codeNames(phase: string): string[] {
  const stem = /^(.+)Phase$/.exec(phase)?.[1];
  if (stem === undefined) return [phase];
  const hooks = ["pre", "post"].map((when) => `${when}${stem[0]!.toUpperCase()}${stem.slice(1)}`);
  const own = { unpack: ["unpackCmd", "setSourceRoot"], fixup: ["fixupOutput"] }[stem] ?? [];
  return [phase, ...[...hooks, ...own].flatMap((hook) => [hook, `${hook}Hooks`])];
}

/** No phase runs more functions and files than this. */
const mostSeen = 10_000;

/** Finds which words a text can reach through the functions that it calls. */
export interface Scanner {
  /** The words of `text` itself, and of the functions that it may call, those that these may call, and so on. */
  scan(text: ByteString): Set<string>;
  /** The same for the code that runs in a phase as setup hooks have left it. */
  scanPhase(phase: string): Set<string>;
}

/** What a scanner has to know besides the shell. */
export interface ScannerOptions {
  /** Functions whose words do not count, because they depend on no variable's value; what they call does count. */
  accounted: ReadonlySet<string>;
  /** stdenv's own texts (see `parseStdenvFunctions`). */
  stdenvTexts: readonly ByteString[];
  /** The derivation's attributes, by name: their texts. */
  attributes: ReadonlyMap<ByteString, ByteString>;
  storeDir: ByteString;
  /** The words that matter: to look for in programs that are no shell text. */
  wanted: readonly string[];
  /** Of these, commands whose names are also words of other languages. */
  commands: readonly string[];
}

/** A text that waits to be looked at. */
interface Waiting {
  text: ByteString;
  /** Where it is the text of a function. */
  name?: string;
}

/** What one text by itself says. */
interface Analysis {
  words: Set<string>;
  calls: Set<string>;
  made: ComputedCalls | null;
  files: RunFile[];
}

export function createScanner(shell: LiveShell, options: ScannerOptions): Scanner {
  const stdenvFunctions = parseStdenvFunctions(options.stdenvTexts);
  const foreign = [...shell.functions.keys()].filter((name) => !stdenvFunctions.has(name));
  const source = { shell, options, foreign, analyse: createAnalyser(shell, options, stdenvFunctions) };
  return {
    scan: (text) => new Collector(source).collect([text], []),
    scanPhase: (phase) => {
      const names = codeNames(phase);
      const texts = names.map((name) => withoutComments(shell.variables.get(name) ?? ""));
      return new Collector(source).collect(texts, names);
    },
  };
}

/** The data that all collectors of a build share. */
interface CollectorSource {
  shell: LiveShell;
  options: ScannerOptions;
  /** Functions that are not stdenv's own. */
  foreign: readonly string[];
  analyse: (waiting: Waiting) => Analysis;
}

/** Follows a text to everything that it may run, and collects the words. */
class Collector {
  readonly #source: CollectorSource;
  readonly #words = new Set<string>();
  readonly #queue: Text[] = [];
  /** Names of functions, names of variables with a `$` in front, and paths. */
  readonly #seen = new Set<string>();

  constructor(source: CollectorSource) {
    this.#source = source;
  }

  /** Returns the words of these texts, of the functions with these names, and of everything that they may run. */
  collect(texts: readonly ByteString[], names: Iterable<string>): Set<string> {
    for (const text of texts) this.#waiting.push({ text });
    for (const name of names) this.#enter(name);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const { words, calls, made, files } = this.#source.analyse(next);
      for (const word of words) this.#words.add(word);
      for (const call of calls) this.#enter(call);
      if (made !== null) this.#enterMade(made);
      for (const file of files) this.#follow(file);
    }
    return this.#words;
  }

  #enter(name: string): void {
    const { shell, options } = this.#source;
    if (this.#seen.has(name) || runners.has(name)) return;
    this.#seen.add(name);
    // stdenv's runHook looks for hooks under this name.
    const hooks = shell.variables.get(`${name.replace(/Hook$/, "")}Hooks`);
    if (hooks !== undefined) this.#waiting.push({ text: hooks });
    if (/^(?:pre|post)[A-Z]/.test(name)) this.#waiting.push({ text: shell.variables.get(name) ?? "" });
    const text = shell.functions.get(name);
    if (text === undefined) return;
    if (options.accounted.has(name)) for (const call of callsOf(text)) this.#enter(call);
    else this.#waiting.push({ text, name });
  }

  #enterMade({ words, variables, patterns }: ComputedCalls): void {
    const { shell, options, foreign } = this.#source;
    for (const word of words) this.#enter(word);
    for (const name of variables) {
      if (!this.#seen.has(`$${name}`)) this.#waiting.push({ text: shell.variables.get(name) ?? "" });
      this.#seen.add(`$${name}`);
    }
    for (const pattern of patterns) {
      for (const name of foreign) if (pattern.test(name)) this.#enter(name);
      for (const word of options.wanted) if (pattern.test(word)) this.#words.add(word);
    }
  }

  #follow({ path, sourced }: RunFile): void {
    const { options } = this.#source;
    if (this.#seen.has(path) || this.#seen.size > mostSeen) return;
    this.#seen.add(path);
    const text = readText(path);
    if (text === null || options.stdenvTexts.includes(text)) return;
    if (sourced) this.#waiting.push({ text: withoutComments(text) });
    else for (const word of readByProgram(text, options.wanted)) this.#words.add(word);
  }
}

/** Returns a function that analyses texts, and caches the results. */
function createAnalyser(
  shell: LiveShell,
  options: ScannerOptions,
  stdenvFunctions: StdenvFunctions,
): (waiting: Waiting) => Analysis {
  const { attributes, storeDir, commands } = options;
  // In bash, names of functions need not be words.
  const odd = [...shell.functions.keys()].filter((name) => /\W/.test(name));
  const has = (name: string) => attributes.has(name) || shell.variables.has(name);
  const textOf = (name: string) => attributes.get(name) ?? shell.variables.get(name);
  const known = new Map<ByteString, Analysis>();

  const look = ({ text, name }: Waiting): Analysis => {
    const words = wordsOf(text);
    const calls = callsOf(text);
    for (const command of commands) {
      if (!words.has(command) || isCommandIn(text, command)) continue;
      words.delete(command);
      calls.delete(command);
    }
    for (const call of odd) if (mentions(text, call)) calls.add(call);
    const complete = name !== undefined;
    const suspect = (part: ByteString) => ({
      readsAll: readsEveryVariable(part, { has, complete }),
      path: readsSearchPath(part),
      made: computedCallsOf(part),
      files: filesRunBy(part, storeDir, textOf),
    });
    let found = suspect(text);
    const isSuspect = found.readsAll || found.path || found.made !== null || found.files.length > 0;
    if (isSuspect && complete && stdenvFunctions.has(name))
      found = suspect(stdenvFunctions.withoutStdenvLines(name, text));
    if (found.readsAll) words.add(everyVariable);
    if (found.path) words.add(searchPath);
    return { words, calls, made: found.made, files: found.files };
  };
  return (waiting) => {
    const id = `${waiting.name ?? ""}\0${waiting.text}`;
    const analysis = known.get(id) ?? look(waiting);
    known.set(id, analysis);
    return analysis;
  };
}

/** Returns the wanted words that a program reads from the environment. The program is not a text of this shell. */
function readByProgram(text: ByteString, wanted: readonly string[]): string[] {
  const readsAll = readsEveryVariable(text, { has: () => true, complete: true });
  return [...wanted.filter((word) => readsVariable(text, word)), ...(readsAll ? [everyVariable] : [])];
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
