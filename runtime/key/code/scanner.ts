import type { ByteString } from "../../util/bytes.ts";
import {
  type AnalyserOptions,
  type Analysis,
  createAnalyser,
  everyVariable,
  readByProgram,
  type Text,
} from "./analyse.ts";
import { withoutLaterBranches } from "./branches.ts";
import { type ComputedCalls, callsOf } from "./calls.ts";
import { withoutComments } from "./comments.ts";
import type { InitialShell } from "./initial-shell.ts";
import { usesVariable } from "./locals.ts";
import { type RunFile, readText } from "./run-files.ts";
import { hookOf, type Split, variablesOf } from "./split.ts";
import { parseStdenvFunctions } from "./stdenv-functions.ts";

/** stdenv's functions that run the phases. They are not followed, because each phase is searched separately. */
const runners: ReadonlySet<string> = new Set([
  "genericBuild",
  "definePhases",
  "runPhase",
  "showPhaseHeader",
  "dumpVars",
]);

/**
 * Returns the names of variables and functions that can contain code of a phase, which are the phase and the hooks around it, or
 * code of a part.
 * @param splits the phases whose hooks are parts, or would be if they were set
 */
export function codeNames(phase: string, splits: readonly Split[]): string[] {
  const own = hookOf(phase);
  if (own !== null) return variablesOf(own);
  const split = splits.find((one) => one.phase === phase);
  const others = [split?.pre, split?.post].flatMap((hook) => (hook ? variablesOf(hook) : []));
  return allCodeNames(phase).filter((name) => !others.includes(name));
}

function allCodeNames(phase: string): string[] {
  const stem = /^(.+)Phase$/.exec(phase)?.[1];
  if (stem === undefined) return [phase];
  const hooks = ["pre", "post"].map((when) => `${when}${stem[0]!.toUpperCase()}${stem.slice(1)}`);
  const own = { unpack: ["unpackCmd", "setSourceRoot"], fixup: ["fixupOutput"] }[stem] ?? [];
  return [phase, ...[...hooks, ...own].flatMap((hook) => [hook, `${hook}Hooks`])];
}

/** Maximum number of functions and files to follow. No phase runs so many. */
const maxSeen = 10_000;

/** Finds the words that a text, and the functions that it calls, can use. */
export interface Scanner {
  /** Returns the words of a text, of the functions that it may call, of those that these may call, and so on. */
  scan(text: ByteString): Set<string>;
  /** Returns these words for a script that runs the phases. Variables that nothing has set before it are unset in it. */
  scanScript(text: ByteString): Set<string>;
  /** Returns these words for the code of a phase or a part, as setup hooks left it. */
  scanPhase(phase: string): Set<string>;
  /** Whether the code of a hook may use one of these variables, which are local to the phase that calls it. */
  usesLocals(hook: string, locals: readonly string[]): boolean;
}

/** What a scanner needs besides the shell. */
export interface ScannerOptions extends AnalyserOptions {
  /** Functions whose words do not count, because they do not depend on variables. The functions that they call do count. */
  accounted: ReadonlySet<string>;
  /** stdenv's own texts: see `parseStdenvFunctions`. */
  stdenvTexts: readonly ByteString[];
  /** The words that matter, to search for in programs that are not shell texts. */
  wanted: readonly string[];
  /** The phases whose hooks are parts, or would be if they were set. */
  splits: readonly Split[];
  /** stdenv's phases. */
  phases: readonly string[];
}

/** Creates a scanner for the texts of one build. */
export function createScanner(shell: InitialShell, options: ScannerOptions): Scanner {
  const stdenvFunctions = parseStdenvFunctions(options.stdenvTexts);
  const composable = [...shell.functions.keys()].filter(
    (name) => !stdenvFunctions.has(name) || options.phases.includes(name),
  );
  const source = { shell, options, composable, analyse: createAnalyser(shell, options, stdenvFunctions) };
  return {
    scan: (text) => new Collector(source).collect([{ text }], []),
    scanScript: (text) => new Collector(source).collect([{ text, complete: true }], []),
    scanPhase: (phase) => {
      const names = codeNames(phase, options.splits);
      const split = options.splits.find((one) => one.phase === phase);
      const texts = names.map((name) => {
        const own = name === phase && split?.caller === null ? split.body : undefined;
        const text = own ?? withoutComments(shell.variables.get(name) ?? "");
        return { text: name === "buildPhase" ? withoutLaterBranches(text, options.attributes) : text };
      });
      // stdenv does not call the function of a phase whose variable has another text.
      const calls =
        split === undefined || split.caller === phase ? names : names.filter((name) => name !== phase);
      return new Collector(source, split).collect(texts, calls);
    },
    usesLocals: (hook, locals) => {
      const collector = new Collector(source);
      const words = collector.collect([], [hook]);
      const uses = (text: ByteString) => locals.some((name) => usesVariable(text, name));
      return words.has(everyVariable) || collector.texts.some(({ text }) => uses(text));
    },
  };
}

/** The data that all collectors of a build share. */
interface CollectorSource {
  shell: InitialShell;
  options: ScannerOptions;
  /** Functions whose names a text may compose: all that are not stdenv's own, and its phases. */
  composable: readonly string[];
  analyse: (one: Text) => Analysis;
}

/** Follows a text to everything that it may run, and collects the words. */
class Collector {
  readonly #source: CollectorSource;
  readonly #words = new Set<string>();
  readonly #queue: Text[] = [];
  /** Names of functions, names of variables with a `$` in front, and paths. */
  readonly #seen = new Set<string>();
  /** The texts that were collected. */
  readonly texts: Text[] = [];
  /** The phase whose hooks are not followed from the function that calls them. */
  readonly #split: Split | undefined;

  constructor(source: CollectorSource, split?: Split) {
    this.#source = source;
    this.#split = split;
  }

  /** Returns the words of these texts, of the functions with these names, and of everything that they may run. */
  collect(texts: readonly Text[], names: Iterable<string>): Set<string> {
    this.#queue.push(...texts);
    for (const name of names) this.#addCall(name);
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      this.texts.push(next);
      const { words, calls, computed, files } = this.#source.analyse(next);
      for (const word of words) this.#words.add(word);
      for (const call of calls) this.#addCall(call);
      if (computed !== null) this.#addComputedCalls(computed);
      for (const file of files) this.#addFile(file);
    }
    return this.#words;
  }

  #addCall(name: string): void {
    const { shell, options } = this.#source;
    if (this.#seen.has(name) || runners.has(name)) return;
    this.#seen.add(name);
    // stdenv's runHook looks for hooks under this name.
    const list = `${name.replace(/Hook$/, "")}Hooks`;
    const hooks = shell.variables.get(list);
    if (hooks !== undefined) {
      this.#words.add(list);
      this.#queue.push({ text: hooks });
    }
    if (/^(?:pre|post)[A-Z]/.test(name)) this.#queue.push({ text: shell.variables.get(name) ?? "" });
    const text = name === this.#split?.caller ? this.#split.body : shell.functions.get(name);
    if (text === undefined) return;
    if (options.accounted.has(name)) for (const call of callsOf(text)) this.#addCall(call);
    else this.#queue.push({ text, name });
  }

  #addComputedCalls({ words, variables, patterns }: ComputedCalls): void {
    const { shell, options, composable } = this.#source;
    for (const word of words) this.#addCall(word);
    for (const name of variables) {
      if (!this.#seen.has(`$${name}`)) this.#queue.push({ text: shell.variables.get(name) ?? "" });
      this.#seen.add(`$${name}`);
    }
    for (const pattern of patterns) {
      for (const name of composable) if (pattern.test(name)) this.#addCall(name);
      for (const word of options.wanted) if (pattern.test(word)) this.#words.add(word);
    }
  }

  #addFile({ path, sourced }: RunFile): void {
    const { options } = this.#source;
    if (this.#seen.has(path) || this.#seen.size > maxSeen) return;
    this.#seen.add(path);
    if (isOfStdenv(path, options)) return;
    const text = readText(path);
    if (text === null || options.stdenvTexts.includes(text)) return;
    if (sourced) this.#queue.push({ text: withoutComments(text) });
    else for (const word of readByProgram(text, options.wanted)) this.#words.add(word);
  }
}

/**
 * Whether a file is of a package that stdenv adds to every build, such as the compiler. Commands of these packages are not
 * followed where a text calls them by name, so their paths are not followed either.
 */
function isOfStdenv(path: ByteString, { stdenvTexts: [setup = ""], storeDir }: ScannerOptions): boolean {
  const root = path.split("/", storeDir.split("/").length + 1).join("/");
  return setup.includes(root);
}
