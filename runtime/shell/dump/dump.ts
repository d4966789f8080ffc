import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { damaged, type PhaseCacheError } from "../../util/error.ts";
import { isExcludedOption, isExcludedVariable, isHookName } from "../excluded.ts";
import type { ShellFunction, ShellState, Variable } from "../state.ts";
import { parseDeclarations, sortLetters } from "./declarations.ts";

const magic = "phasecache state 1\0";

/** Options that the dump's own subshell may have switched off, with their letters in the caller's `$-`. */
const flagged: Readonly<Record<string, string>> = {
  "set -o errexit": "e",
  "set -o monitor": "m",
  "set -o nounset": "u",
  "set -o xtrace": "x",
};

/**
 * Parses the state in a dump, the output of `_phaseCacheDump` (hooks/dump-state.sh).
 * @throws PhaseCacheError `damaged`
 */
export function parseDump(bytes: Uint8Array): ShellState {
  const [flags, shopt, set, umask, cwd, , , , , , declared, dynamic, ...functions] = fieldsOf(bytes);
  if (dynamic === undefined) throw incomplete();
  return {
    variables: readVariables(declared!, dynamic),
    functions: readFunctions(functions),
    options: readOptions(shopt!, set!, flags!),
    cwd: readDirectory(cwd!),
    umask: withoutNewline(umask!),
  };
}

/** Facts in a dump that are not part of the state, because no other shell can restore them. In the form that bash prints. */
export interface ShellFacts {
  /** `trap -p`. The commands of traps may refer to the process that set them. */
  traps: ByteString;
  /** `jobs -l` */
  jobs: ByteString;
  /** Ids of the processes that ran when the phase had just ended. */
  processes: number[];
  /** `enable -a`: the builtins, including loaded ones. */
  builtins: ByteString;
  /** `hash -l`: the shell's cache of the paths of commands. */
  commands: ByteString;
  /** Those of SHELLOPTS and BASHOPTS that are exported. */
  exported: ByteString;
  /** Functions of stdenv that the hook wrapped, and that other code then replaced. */
  replaced: ByteString[];
}

/**
 * Parses the facts in a dump.
 * @throws PhaseCacheError `damaged`
 */
export function parseShellFacts(bytes: Uint8Array): ShellFacts {
  const [, , , , , traps, jobs, processes, builtins, commands, declared, dynamic, ...functions] =
    fieldsOf(bytes);
  if (dynamic === undefined) throw incomplete();
  const exported = declared!.matchAll(/^declare -[A-Za-z]*x[A-Za-z]* (SHELLOPTS|BASHOPTS)=/gm);
  const texts = new Map<ByteString, ByteString>();
  for (let i = 0; i + 1 < functions.length; i += 2)
    texts.set(functions[i]!.replace(/^f\w* /, ""), functions[i + 1]!);
  const wrapped = [...texts.keys()]
    .filter((name) => name.startsWith(originalPrefix))
    .map((name) => name.slice(originalPrefix.length));
  return {
    traps: traps!,
    jobs: jobs!,
    // The first number is the id of the process that listed them.
    processes: [...processes!.matchAll(/ \/proc\/(\d+)/g)]
      .map(([, pid]) => Number(pid))
      .filter((pid) => pid !== Number.parseInt(processes!, 10)),
    builtins: builtins!,
    commands: commands!,
    exported: [...exported].map(([, name]) => name!).join(),
    replaced: wrapped.filter((name) => !isWrapper(texts.get(name) ?? "")),
  };
}

function fieldsOf(bytes: Uint8Array): ByteString[] {
  const text = fromBytes(bytes);
  const start = text.indexOf(magic);
  const fields = text.slice(start + magic.length).split("\0");
  // The last field is the output of traps on RETURN.
  fields.pop();
  if (start < 0 || fields.pop() !== "end") throw incomplete();
  return fields;
}

function incomplete(): PhaseCacheError {
  return damaged("the shell's state is incomplete");
}

function withoutNewline(text: ByteString): ByteString {
  if (!text.endsWith("\n")) throw incomplete();
  return text.slice(0, -1);
}

function readDirectory(text: ByteString): ByteString {
  if (!text.startsWith("/")) throw incomplete();
  return withoutNewline(text);
}

/**
 * @param declared output of `declare -p`
 * @param dynamic output of `declare -p` for the variables that bash fills in only when they are named
 */
function readVariables(declared: ByteString, dynamic: ByteString): Map<string, Variable> {
  const variables = parseDeclarations(declared);
  for (const [name, variable] of parseDeclarations(dynamic)) variables.set(name, variable);
  const stack = variables.get("DIRSTACK")?.value;
  // The first element is the working directory.
  if (stack?.kind === "indexed") stack.items = stack.items.filter(([index]) => index !== "0");
  for (const name of variables.keys()) if (isExcludedVariable(name)) variables.delete(name);
  return variables;
}

function readFunctions(fields: ByteString[]): Map<ByteString, ShellFunction> {
  const functions = new Map<ByteString, ShellFunction>();
  for (let i = 0; i < fields.length; i += 2) {
    const match = /^f([rtx]*) (.+)$/s.exec(fields[i]!);
    const text = fields[i + 1];
    if (match === null || text === undefined) throw incomplete();
    // Bash can't print a function whose name contains `=`.
    if (text === "") continue;
    functions.set(match[2]!, { attributes: sortLetters(match[1]!), text: withoutNewline(text) });
  }
  return withoutHook(functions);
}

/** Prefix under which the hook keeps the original of a function of stdenv that it wrapped. */
const originalPrefix = "_phaseCacheStdenv_";

/** Whether a function's text is the hook's wrapper of a function of stdenv. */
function isWrapper(text: ByteString): boolean {
  return text.includes("\n    _phaseCache");
}

/** Returns the build's functions as they would be without the hook: originals in place of wrappers. */
function withoutHook(functions: ReadonlyMap<ByteString, ShellFunction>): Map<ByteString, ShellFunction> {
  const others = new Map([...functions].filter(([name]) => !isHookName(name)));
  for (const [name, { attributes, text }] of functions) {
    const wrapped = others.get(name.slice(originalPrefix.length));
    if (!name.startsWith(originalPrefix) || wrapped === undefined || !isWrapper(wrapped.text)) continue;
    others.set(name.slice(originalPrefix.length), { attributes, text: text.replace(originalPrefix, "") });
  }
  return others;
}

function readOptions(shopt: string, set: string, flags: string): Map<string, boolean> {
  const options = new Map<string, boolean>();
  for (const [, sign, name] of shopt.matchAll(/^shopt -([su]) (\w+)$/gm))
    options.set(`shopt ${name}`, sign === "s");
  for (const [, sign, name] of set.matchAll(/^set ([-+])o ([\w-]+)$/gm))
    options.set(`set -o ${name}`, sign === "-");
  if (!options.has("shopt extglob") || !options.has("set -o errexit")) throw incomplete();
  for (const [name, letter] of Object.entries(flagged)) options.set(name, flags.includes(letter));
  for (const name of options.keys()) if (isExcludedOption(name)) options.delete(name);
  return options;
}
