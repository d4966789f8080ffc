import type { LateInput, VariableUse } from "../../key/chain.ts";
import { codeNames } from "../../key/code/scanner.ts";
import { parseDerivationName, storeName } from "../../key/derivation/package.ts";
import type { Input } from "../../key/input.ts";
import type { Table } from "../../key/table.ts";
import {
  describeFunction,
  describeVariable,
  isFollowedVariable,
  relocateFunction,
  relocateVariable,
  type ShellState,
  sameFunction,
  sameVariable,
  type Variable,
} from "../../shell/index.ts";
import { type ByteString, printable, toText } from "../../util/bytes.ts";
import { matchRandomNames, type RandomNames } from "./start-places.ts";

/** What two builds with the same key may start with differently. */
export interface StartRules {
  phases: readonly string[];
  uses: readonly VariableUse[];
  late: readonly LateInput[];
  /** Attributes that are left out of every key. */
  ignored: readonly string[];
  table: Pick<Table, "dependencyLists" | "hookOptions" | "latePackages" | "perBuild">;
  storeDir: ByteString;
  /** phasecache's own store paths. */
  ownPaths: readonly ByteString[];
  buildTop: string;
}

/** The shell before the first phase, of the build that was saved and of this one. */
export interface Starts {
  saved: ShellState;
  now: ShellState;
  /** The inputs of the build that was saved. */
  inputs: readonly Input[];
  /** Puts this build's hashes in the place of those of the build that was saved. */
  relocate: (bytes: ByteString) => ByteString;
}

/** How two builds start differently. */
export interface StartDifference {
  /** A clause about what they may not: `the initial value of MYFLAGS changed: -O2 → -O0`. Null when there is none. */
  conflict: string | null;
  /** RandomNames in the build directory that setup hooks made under random names: old name, new name. */
  randomNames: RandomNames;
}

/** stdenv's variables that list store paths of build inputs, or what is in them. */
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
/** What genericBuild makes the list of phases of, and the list itself: keys tell which phases there are. */
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
/** Another phasecache may wrap them otherwise. */
const wrapped: ReadonlySet<string> = new Set(["runPhase", "exitHandler"]);
/** Set by bash itself, for each build; and the variable of setup.sh's loop over the members of `env`. */
const perShell: ReadonlySet<string> = new Set(["OLDPWD", "SHLVL", "_", "envVar"]);

/**
 * Compares what a snapshot's build started with and what this one does. What only later phases use may differ; what is
 * left decides phases in ways that no key shows.
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

/** What may differ. */
interface Allowance {
  variable(name: string): boolean;
  /** A function, or whatever a late build input brings. */
  command(name: string): boolean;
  /** A variable without the elements that late build inputs account for; null for one that is empty without them. */
  list(name: string, variable: Variable | null): Variable | null;
}

function createAllowance(starts: Starts, rules: StartRules, index: number): Allowance {
  const { phases, uses, ignored, table } = rules;
  const late = lateElements(starts, rules, index);
  const isLate = new Set<string>([...ignored, ...phaseLists]);
  for (const { name, phase } of uses) if (phase > index) isLate.add(name);
  for (const { name, phase } of uses) if (phase <= index) isLate.delete(name);
  for (const phase of phases.slice(index + 1)) for (const name of codeNames(phase)) isLate.add(name);
  for (const phase of phases.slice(0, index + 1)) for (const name of codeNames(phase)) isLate.delete(name);
  for (const name of ignored) isLate.add(name);
  const command = (name: string) =>
    late.brings.has(name) ||
    isLate.has(name) ||
    wrapped.has(name) ||
    (late.open && !starts.now.functions.has(name));
  return {
    command,
    variable: (name) =>
      isLate.has(name) ||
      late.brings.has(name) ||
      perShell.has(name) ||
      table.perBuild.has(name) ||
      table.hookOptions.has(name) ||
      isFollowedVariable(name) ||
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

/** A list without some of its elements: items of an array, words of a string, parts of a search path. */
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

/** With structuredAttrs, `env` has the variables of the environment once more. */
function withoutMembers(variable: Variable, out: (member: ByteString) => boolean): Variable | null {
  const { attributes, value } = variable;
  if (value.kind !== "associative") return variable;
  const items = value.items.filter(([member]) => !out(member));
  return items.length === 0 ? null : { attributes, value: { kind: "associative", items } };
}

interface LateElements {
  has(element: ByteString): boolean;
  brings: ReadonlySet<string>;
  /** Whether anything that is gone may have come from an input whose hook can't be read any more. */
  open: boolean;
}

/** What build inputs account for that only phases after the snapshot's use: this build's, and the saved one's. */
function lateElements({ inputs }: Starts, rules: StartRules, index: number): LateElements {
  const { late, table, storeDir, phases, ownPaths, ignored } = rules;
  const nameOf = (path: ByteString) => parseDerivationName(storeName(path, storeDir)).name;
  const now = late.filter(({ phase }) => phase > index);
  const paths = new Set(now.map(({ path }) => path));
  const brings = new Set(now.flatMap((one) => one.brings));
  const lists = [...table.dependencyLists];
  for (const { name, phase, preview } of inputs) {
    const list = lists.find((list) => name.startsWith(`${list}.`));
    if (list === undefined || phase <= index) continue;
    paths.add(preview);
    for (const command of table.latePackages.get(nameOf(preview))?.commands ?? []) brings.add(command);
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
    brings,
    open:
      ignored.some((name) => table.dependencyLists.has(name)) ||
      now.some(({ path }) => !table.latePackages.has(nameOf(path))),
  };
}
