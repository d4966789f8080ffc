import { nixString } from "../nix/command.ts";
import type { CommandFlags, Flags } from "../nix/flags.ts";
import { PhaseCacheError } from "../util/error.ts";
import { didYouMean } from "../util/suggest.ts";

/** The command line of `phasecache build`, split between the two Nix commands that it runs. */
export interface BuildArguments {
  /** Options that select what to build, for `nix eval`. */
  evaluate: string[];
  /** Options that control how to build it, for `nix build`. */
  build: string[];
  /** The options of `build` without those that place or print the result, for a build that is only compared. */
  check: string[];
  /** An option that leaves no result to check; null if none was given. */
  withoutResult: string | null;
  /** Whether the options request a link to the result, or a profile. */
  namesResult: boolean;
  /** What to build, with the selected outputs (`^out,dev`); null: the default ones. */
  installables: { name: string; outputs: string | null }[];
  /** The function arguments of `--arg` and `--argstr`, as a Nix set. */
  functionArguments: string;
  /** Whether the installables are flakes. */
  flakes: boolean;
  /** Whether to show the builders' output. */
  logs: boolean;
}

/** Options that name what to build; the second command gets the derivation instead. */
const sources = ["--file", "-f", "--expr", "--arg", "--argstr"];
/** Options of the first command that phasecache sets itself. */
const outputFormat = ["--json", "--raw", "--apply", "--write-to", "--read-only"];
/** Options that would change the log that phasecache reads. */
const logging = ["--print-build-logs", "-L"];
/** Options that place the result, and options that affect how it is reported. */
const results = ["--out-link", "-o", "--profile"];
const reporting = ["--no-link", "--json", "--print-out-paths"];
/** With these options Nix builds no new result. */
const withoutResult = ["--dry-run", "--rebuild", "--repair"];
/** Options that do not work with an added hook, each with a hint. */
const impossible: Record<string, string> = {
  "--log-format": "phasecache build reads Nix's log itself",
  "--stdin": "name what to build on the command line",
  "--derivation": "use `nix build --derivation`, which needs no hook",
};

/**
 * Splits a command line, parsing it as Nix does.
 * @throws PhaseCacheError `usage`
 */
export function splitArguments(args: readonly string[], { build, evaluate }: CommandFlags): BuildArguments {
  const { options, names } = takeOptions(args, build);
  const given = options.flatMap(([name, key, value]) => {
    if (name !== "--arg" && name !== "--argstr") return [];
    // The newline ends a comment at the end of the text.
    return `${nixString(key!)} = ${name === "--arg" ? `(${value!}\n)` : nixString(value!)};`;
  });
  const forBuild = options.filter(([name]) => ![...sources, ...logging].includes(name));
  const has = (wanted: readonly string[]) => options.some(([name]) => wanted.includes(name));
  return {
    evaluate: options.filter(([name]) => evaluate.has(name) && !outputFormat.includes(name)).flat(),
    build: forBuild.flat(),
    check: forBuild.filter(([name]) => ![...results, ...reporting].includes(name)).flat(),
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
    // As in nix-build, which evaluates impurely.
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
    throw new PhaseCacheError("usage", `phasecache build does not support ${name}`, { hint: reason });
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
