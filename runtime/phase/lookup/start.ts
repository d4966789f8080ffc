import type { LateInput, VariableUse } from "../../key/chain.ts";
import { codeNames } from "../../key/code/scanner.ts";
import { parseDerivationName, storeName } from "../../key/derivation/package.ts";
import type { Input } from "../../key/input.ts";
import type { Table } from "../../key/table.ts";
import {
  describeFunction,
  describeVariable,
  keepsFinalValue,
  relocateFunction,
  relocateVariable,
  type ShellState,
  sameFunction,
  sameVariable,
  type Variable,
} from "../../shell/index.ts";
import { type ByteString, printable, toText } from "../../util/bytes.ts";
import { matchRandomNames, type RandomNames } from "./start-places.ts";

/** What decides which differences between the initial shells of two builds with the same key are allowed. */
export interface StartRules {
  phases: readonly string[];
  /** The phases that their switches disable. */
  disabled: readonly string[];
  uses: readonly VariableUse[];
  late: readonly LateInput[];
  /** Attributes left out of every key. */
  ignored: readonly string[];
  table: Pick<Table, "dependencyLists" | "hookOptions" | "latePackages" | "perBuild">;
  storeDir: ByteString;
  /** phasecache's own store paths. */
  ownPaths: readonly ByteString[];
  buildTop: string;
}

/** The initial shells of the saved build and of this one. */
export interface Starts {
  saved: ShellState;
  now: ShellState;
  /** The inputs of the saved build. */
  inputs: readonly Input[];
  /** Replaces the saved build's hashes by this build's. */
  relocate: (bytes: ByteString) => ByteString;
}

/** The differences between two initial shells. */
export interface StartDifference {
  /** A difference that is not allowed (`the initial value of MYFLAGS changed: -O2 → -O0`), or null. */
  conflict: string | null;
  /** Random names that differ. */
  randomNames: RandomNames;
}

/** stdenv's variables that list store paths of build inputs, or directories in them. */
const listVariables: ReadonlySet<string> = new Set([
  "PATH",
  "HOST_PATH",
  "XDG_DATA_DIRS",
  // CMake's setup hook.
  "CMAKE_PREFIX_PATH",
  "NIXPKGS_CMAKE_PREFIX_PATH",
  "pkgsBuildBuild",
  "pkgsBuildHost",
  "pkgsBuildTarget",
  "pkgsHostHost",
  "pkgsHostTarget",
  "pkgsTargetTarget",
]);
/** stdenv's lists of functions to call for each build input. */
const inputHooks = /^env(?:Build|Host|Target)(?:Build|Host|Target)Hooks$/;
/** The list of phases, and the variables that genericBuild makes it from: keys cover the phases. */
const phaseLists = [
  "phases",
  "prePhases",
  "preConfigurePhases",
  "preBuildPhases",
  "preInstallPhases",
  "preFixupPhases",
  "preDistPhases",
  "postPhases",
];
/** Functions that another version of phasecache may wrap differently. */
const wrapped: ReadonlySet<string> = new Set(["runPhase", "exitHandler"]);
/** Variables that bash sets for each build, and the variable of setup.sh's loop over the members of `env`. */
const perShell: ReadonlySet<string> = new Set(["OLDPWD", "SHLVL", "_", "envVar"]);

/**
 * Compares the initial shell of a snapshot's build with that of this build. What only later phases use may differ; any other
 * difference may affect phases in ways that no key covers.
 * @param index of the snapshot's phase
 */
export function compareStarts(starts: Starts, rules: StartRules, index: number): StartDifference {
  const allowed = createAllowance(starts, rules, index);
  const randomNames: RandomNames = new Map();
  const differing = (name: string) => differingVariable(name, starts, allowed, randomNames, rules.buildTop);
  const names = new Set([...starts.saved.variables.keys(), ...starts.now.variables.keys()]);
  for (const name of [...names].sort()) {
    const difference = allowed.variable(name) ? null : differing(name);
    if (difference !== null) return { conflict: `the initial value of ${difference}`, randomNames };
  }
  return { conflict: differingRest(starts, allowed), randomNames };
}

function differingVariable(
  name: string,
  { saved, now, relocate }: Starts,
  allowed: Allowance,
  randomNames: RandomNames,
  buildTop: string,
): string | null {
  const [old, current] = [saved.variables.get(name) ?? null, now.variables.get(name) ?? null];
  if (sameVariable(old, current)) return null;
  const moved = old === null ? null : relocateVariable(old, relocate);
  if (sameVariable(moved, current)) return null;
  const [before, after] = [allowed.list(name, moved), allowed.list(name, current)];
  if (sameVariable(before, after)) return null;
  if (before !== null && after !== null) {
    const found = matchRandomNames(before, after, buildTop);
    if (found !== null) {
      for (const [from, to] of found) randomNames.set(from, to);
      return null;
    }
  }
  return `${shown(name)} changed: ${words(before)} → ${words(after)}`;
}

function words(variable: Variable | null): string {
  return variable === null ? "nothing" : describeVariable(variable);
}

function differingRest({ saved, now, relocate }: Starts, allowed: Allowance): string | null {
  for (const name of [...new Set([...saved.functions.keys(), ...now.functions.keys()])].sort()) {
    const [old, current] = [saved.functions.get(name) ?? null, now.functions.get(name) ?? null];
    if (sameFunction(old, current) || allowed.command(name)) continue;
    if (old !== null && sameFunction(relocateFunction(old, relocate), current)) continue;
    const [before, after] = [old, current].map((one) => (one === null ? "nothing" : describeFunction(one)));
    return `the initial definition of function ${shown(name)} changed: ${before} → ${after}`;
  }
  for (const [name, on] of now.options) {
    const before = saved.options.get(name);
    if (before !== undefined && before !== on)
      return `the shell now starts with ${name} ${on ? "on" : "off"}`;
  }
  if (saved.umask !== now.umask) return `the initial umask changed: ${saved.umask} → ${now.umask}`;
  if (relocate(saved.cwd) !== now.cwd)
    return `the initial working directory changed: ${shown(saved.cwd)} → ${shown(now.cwd)}`;
  return null;
}

function shown(name: ByteString): string {
  return printable(toText(name));
}

/** Tells which differences are allowed. */
interface Allowance {
  variable(name: string): boolean;
  /** Whether a function may differ, or a variable that a late build input defines. */
  command(name: string): boolean;
  /** A variable without the elements that come from late build inputs; null if nothing else is left. */
  list(name: string, variable: Variable | null): Variable | null;
}

function createAllowance(starts: Starts, rules: StartRules, index: number): Allowance {
  const { table } = rules;
  const late = lateElements(starts, rules, index);
  const isLate = lateNames(starts, rules, index);
  const command = (name: string) =>
    late.provides.has(name) ||
    isLate.has(name) ||
    wrapped.has(name) ||
    (late.open && !starts.now.functions.has(name));
  return {
    command,
    variable: (name) =>
      isLate.has(name) ||
      late.provides.has(name) ||
      perShell.has(name) ||
      table.perBuild.has(name) ||
      table.hookOptions.has(name) ||
      keepsFinalValue(name) ||
      (late.open && !starts.now.variables.has(name)),
    list: (name, variable) => {
      if (variable === null) return null;
      if (inputHooks.test(name)) return filtered(variable, command);
      if (name === "env") return withoutMembers(variable, (member) => isLate.has(member));
      const isList = listVariables.has(name) || table.dependencyLists.has(name);
      return isList ? filtered(variable, late.has) : variable;
    },
  };
}

/** Returns the names of variables that only phases after the snapshot's use, in either build. */
function lateNames({ inputs }: Starts, rules: StartRules, index: number): Set<string> {
  const { phases, disabled, uses, ignored, table } = rules;
  const lists = [...table.dependencyLists];
  const running = phases.slice(0, index + 1).filter((phase) => !disabled.includes(phase));
  const others = [...phases.slice(index + 1), ...phases.filter((phase) => disabled.includes(phase))];
  const late = new Set<string>(phaseLists);
  for (const { name, phase } of uses) if (phase > index) late.add(name);
  for (const name of others.flatMap(codeNames)) late.add(name);
  // What was late in the saved build and is missing now, such as the text of a removed phase.
  for (const { name, phase } of inputs)
    if (phase > index && !lists.some((list) => name.startsWith(`${list}.`)))
      late.add(name.replace(/^(?:shell|env)\./, ""));
  for (const { name, phase } of uses) if (phase <= index) late.delete(name);
  for (const name of running.flatMap(codeNames)) late.delete(name);
  for (const name of ignored) late.add(name);
  return late;
}

/** Removes elements from a list: items of an array, words of a string, parts of a search path. */
function filtered(variable: Variable, out: (element: ByteString) => boolean): Variable | null {
  const { attributes, value } = variable;
  if (value.kind === "string") {
    const elements = value.text.split(/[\s:]+/).filter((element) => element !== "" && !out(element));
    return { attributes, value: { kind: "string", text: elements.join(" ") } };
  }
  if (value.kind !== "indexed") return variable;
  const items = value.items.filter(([, element]) => !out(element));
  if (items.length === 0) return null;
  return { attributes, value: { kind: "indexed", items: items.map(([, text], i) => [String(i), text]) } };
}

/** Removes members of `env`, which with structuredAttrs repeats the variables of the environment. */
function withoutMembers(variable: Variable, out: (member: ByteString) => boolean): Variable | null {
  const { attributes, value } = variable;
  if (value.kind !== "associative") return variable;
  const items = value.items.filter(([member]) => !out(member));
  return items.length === 0 ? null : { attributes, value: { kind: "associative", items } };
}

interface LateElements {
  has(element: ByteString): boolean;
  provides: ReadonlySet<string>;
  /** Whether a variable or function that no longer exists may come from an input whose hook can't be read any more. */
  open: boolean;
}

/** List elements and commands that come from build inputs used only after the snapshot's phase, in either build. */
function lateElements({ inputs }: Starts, rules: StartRules, index: number): LateElements {
  const { late, table, storeDir, phases, ownPaths, ignored } = rules;
  const nameOf = (path: ByteString) => parseDerivationName(storeName(path, storeDir)).name;
  const now = late.filter(({ phase }) => phase > index);
  const paths = new Set(now.map(({ path }) => path));
  const provides = new Set(now.flatMap((one) => one.provides));
  const lists = [...table.dependencyLists];
  for (const { name, phase, preview } of inputs) {
    const list = lists.find((list) => name.startsWith(`${list}.`));
    if (list === undefined || phase <= index) continue;
    paths.add(preview);
    for (const command of table.latePackages.get(nameOf(preview))?.commands ?? []) provides.add(command);
  }
  const early = new Set(late.filter(({ phase }) => phase <= index).map(({ path }) => nameOf(path)));
  const own = new Set(ownPaths.map(nameOf));
  const isKnownLate = (name: string) => {
    const users = table.latePackages
      .get(name)
      ?.phases.map((phase) => phases.indexOf(phase))
      .filter((at) => at >= 0);
    return users !== undefined && users.length > 0 && Math.min(...users) > index && !early.has(name);
  };
  return {
    has: (element) => {
      if (!element.startsWith(`${storeDir}/`)) return paths.has(element);
      const end = element.indexOf("/", storeDir.length + 1);
      const path = end < 0 ? element : element.slice(0, end);
      return paths.has(path) || own.has(nameOf(path)) || isKnownLate(nameOf(path));
    },
    provides,
    open:
      ignored.some((name) => table.dependencyLists.has(name)) ||
      now.some(({ path }) => !table.latePackages.has(nameOf(path))),
  };
}
