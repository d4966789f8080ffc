import { nixString } from "../nix/expression.ts";
import type { CommandFlags, Flags } from "../nix/flags.ts";
import { PhaseCacheError } from "../util/error.ts";
import { didYouMean } from "../util/suggest.ts";

/** What a user told `phasecache build`, parted among the two commands of Nix that it takes. */
export interface BuildArguments {
  /** Options that say what is meant: for `nix eval`. */
  evaluate: string[];
  /** Options that say how it is built: for `nix build`. */
  build: string[];
  /** Those of `build` that matter to a build whose result is only looked at: none that put it somewhere. */
  check: string[];
  /** An option with which there is no result to check; null: none. */
  withoutResult: string | null;
  /** Whether a link to the result, or a profile, was asked for. */
  namesResult: boolean;
  /** What to build, with the outputs that were asked for (`^out,dev`); null: the usual ones. */
  installables: { name: string; outputs: string | null }[];
  /** What `--arg` and `--argstr` give to functions, as a Nix set. */
  functionArguments: string;
  /** Whether Nix must know flakes. */
  flakes: boolean;
  /** Whether the builders' lines are to be shown. */
  logs: boolean;
}

/** Options that name what to build; the second command is told the derivation. */
const sources = ["--file", "-f", "--expr", "--arg", "--argstr"];
/** What the first command is told by us. */
const answers = ["--json", "--raw", "--apply", "--write-to", "--read-only"];
/** Would make Nix write another log than the one that is read here. */
const logging = ["--print-build-logs", "-L"];
/** Say where the result goes, or how it is told. */
const results = ["--out-link", "-o", "--profile"];
const told = ["--no-link", "--json", "--print-out-paths"];
/** With these nothing is built as usual. */
const withoutResult = ["--dry-run", "--rebuild", "--repair"];
/** What can't be done to a derivation with something added. */
const impossible: Record<string, string> = {
  "--log-format": "the log is what phasecache build shows",
  "--stdin": "name what to build",
  "--derivation": "nix build --derivation needs no hook",
};

/**
 * Parts a command line as Nix reads it.
 * @throws PhaseCacheError `usage`
 */
export function partArguments(args: readonly string[], { build, evaluate }: CommandFlags): BuildArguments {
  const { options, names } = takeOptions(args, build);
  const given = options.flatMap(([name, key, value]) => {
    if (name !== "--arg" && name !== "--argstr") return [];
    // The text may end in a comment.
    return `${nixString(key!)} = ${name === "--arg" ? `(${value!}\n)` : nixString(value!)};`;
  });
  const forBuild = options.filter(([name]) => ![...sources, ...logging].includes(name));
  const has = (wanted: readonly string[]) => options.some(([name]) => wanted.includes(name));
  return {
    evaluate: options.filter(([name]) => evaluate.has(name) && !answers.includes(name)).flat(),
    build: forBuild.flat(),
    check: forBuild.filter(([name]) => ![...results, ...told].includes(name)).flat(),
    withoutResult: options.find(([name]) => withoutResult.includes(name))?.[0] ?? null,
    namesResult: has(results),
    installables: names.map(toInstallable),
    functionArguments: `{ ${given.join(" ")} }`,
    flakes: !has(["--file", "-f", "--expr"]),
    logs: has(logging),
  };
}

type Option = [name: string, ...values: string[]];

function takeOptions(args: readonly string[], flags: Flags): { options: Option[]; names: string[] } {
  const options: Option[] = [];
  const names: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") names.push(...rest.splice(0));
    else if (!word.startsWith("-") || word === "-") names.push(word);
    else if (/^-[A-Za-z]./.test(word)) rest.unshift(...expand(word));
    // As nix-build has it, which evaluates impurely.
    else if (word === "-E") options.push(["--impure"], ["--expr", ...takeValues(word, rest, 1)]);
    else options.push([word, ...takeValues(word, rest, arityOf(word, flags))]);
  }
  return { options, names };
}

/** `-Lv` is `-L -v`, and `-j4` is `-j 4`. */
function expand(word: string): string[] {
  const letters = /^-([A-Za-z]+)/.exec(word)![1]!;
  const value = word.slice(1 + letters.length);
  return [...[...letters].map((letter) => `-${letter}`), ...(value === "" ? [] : [value])];
}

function arityOf(name: string, flags: Flags): number {
  const reason = impossible[name];
  if (reason !== undefined)
    throw new PhaseCacheError("usage", `phasecache build can't be called with ${name}`, { hint: reason });
  const arity = flags.get(name);
  if (arity !== undefined) return arity;
  throw new PhaseCacheError("usage", `nix build has no option ${name}`, {
    hint: didYouMean(name, flags.keys()) ?? "see `nix build --help`",
  });
}

function takeValues(name: string, rest: string[], count: number): string[] {
  if (rest.length >= count) return rest.splice(0, count);
  throw new PhaseCacheError("usage", `${name} needs ${count === 1 ? "a value" : `${count} values`}`, {
    hint: "see `nix build --help`",
  });
}

function toInstallable(text: string): { name: string; outputs: string | null } {
  const [, name, outputs] = /^(.*)\^(\*|[\w+,.-]+)$/.exec(text) ?? [];
  return name === undefined ? { name: text, outputs: null } : { name, outputs: outputs! };
}
