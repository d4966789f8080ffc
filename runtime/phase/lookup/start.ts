import { codeNames } from "../../key/code/scanner.ts";
import { variablesOf } from "../../key/code/split.ts";
import { lateName } from "../../key/derivation/package.ts";
import type { LateInput } from "../../key/late-inputs.ts";
import {
  describeFunction,
  describeVariable,
  keepsFinalValue,
  relocateFunction,
  relocateVariable,
  sameFunction,
  sameVariable,
  type Variable,
} from "../../shell/index.ts";
import { type ByteString, printable, toText } from "../../util/bytes.ts";
import { type LateElements, lateElements } from "./late-elements.ts";
import { compareLists, withoutElements } from "./lists.ts";
import { listKind } from "./search-paths.ts";
import { matchRandomNames, type RandomNames } from "./start-places.ts";
import type { StartRules, Starts } from "./starts.ts";

/** The differences between two initial shells. */
export interface StartDifference {
  /** A difference that is not allowed (`the initial value of MYFLAGS changed: -O2 → -O0`), or null. */
  conflict: string | null;
  /** Random names that differ. */
  randomNames: RandomNames;
  /** What phases may have used unseen of inputs that were declared late, one sentence for each input. */
  warnings: string[];
}

/** stdenv's lists of functions to call for each build input. */
const inputHooks = /^env(?:Build|Host|Target)(?:Build|Host|Target)Hooks$/;
/** Hooks that run before the first phase: what they do to the shell is compared. */
const earliestHooks: ReadonlySet<string> = new Set(["postHooks", "addInputsHooks"]);
/** Variables that name one file of one input. */
const chosenFiles: ReadonlySet<string> = new Set(["GDK_PIXBUF_MODULE_FILE"]);
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
/**
 * Functions that another version of phasecache may wrap differently, and those that each wrapper of a compiler or linker
 * defines with its own name in an error message.
 */
const alike: ReadonlySet<string> = new Set([
  "runPhase",
  "runHook",
  "exitHandler",
  "getRole",
  "getTargetRoleWrapper",
]);
/** Variables that bash sets for each build, and the variable of setup.sh's loop over the members of `env`. */
const perShell: ReadonlySet<string> = new Set(["OLDPWD", "SHLVL", "_", "envVar"]);

/**
 * Compares the initial shell of a snapshot's build with that of this build. What only later phases use may differ; any other
 * difference may affect phases in ways that no key covers.
 * @param index of the snapshot's phase
 */
export function compareStarts(starts: Starts, rules: StartRules, index: number): StartDifference {
  const late = lateElements(starts, rules, index);
  const allowed = createAllowance(starts, rules, index, late);
  const randomNames: RandomNames = new Map();
  const doubts = new Map<LateInput, string[]>();
  const comparison = { starts, rules, late, allowed, randomNames, doubts };
  const names = new Set([...starts.saved.variables.keys(), ...starts.now.variables.keys()]);
  const found = [...names].sort().map((name) => differingVariable(name, comparison));
  const [difference] = found.filter((one) => one !== null);
  const warnings = [...doubts].map(([{ path }, variables]) => {
    const name = lateName(path, rules.storeDir);
    return `${shown(name)} counts as late, but phases through ${rules.phases[index]} may have used ${variables.join(" and ")}, in which it changes; check with phasecache prove`;
  });
  const conflict =
    difference === undefined ? differingRest(starts, allowed) : `the initial value of ${difference}`;
  return { conflict, randomNames, warnings };
}

/** A comparison of two initial shells; random names and doubts are its results. */
interface Comparison {
  starts: Starts;
  rules: StartRules;
  late: LateElements;
  allowed: Allowance;
  randomNames: RandomNames;
  /** Late inputs that early phases may have used, each with the variables that show them. */
  doubts: Map<LateInput, string[]>;
}

function differingVariable(name: string, comparison: Comparison): string | null {
  const { starts, rules, late, allowed, randomNames } = comparison;
  const { saved, now, relocate } = starts;
  const [old, current] = [saved.variables.get(name) ?? null, now.variables.get(name) ?? null];
  if (sameVariable(old, current)) return null;
  const moved = old === null ? null : relocateVariable(old, relocate);
  if (sameVariable(moved, current)) return null;
  if (allowed.variable(name)) {
    noteExported(name, [moved, current], comparison);
    return null;
  }
  if (chosenFiles.has(name) && [moved, current].some((one) => isLateFile(one, late))) return null;
  const [one, other] = [allowed.list(name, moved), allowed.list(name, current)];
  const kind = rules.table.dependencyLists.has(name) ? "runtime" : listKind(name);
  const { before, after, isEqual, hidden, doubtful } = compareLists(
    { kind, before: one, after: other },
    late,
  );
  if (hidden !== null) return `${shown(name)} changed: it now leads to another ${shown(hidden)}`;
  if (isEqual) {
    for (const input of doubtful) addDoubt(comparison, input, name);
    return null;
  }
  if (before !== null && after !== null) {
    const found = matchRandomNames(before, after, rules.buildTop);
    if (found !== null) {
      for (const [from, to] of found) randomNames.set(from, to);
      return null;
    }
  }
  return `${shown(name)} changed: ${words(before)} → ${words(after)}`;
}

/** Notes that programs see a variable which the setup hook of a late input sets, unless the table has it. */
function noteExported(name: string, values: readonly (Variable | null)[], comparison: Comparison): void {
  const { rules, late } = comparison;
  if (!values.some((value) => value?.attributes.includes("x"))) return;
  const input = late.inputs.find(({ provides }) => provides.includes(name));
  if (input === undefined || rules.uses.some((use) => use.name === name)) return;
  const known = rules.table.latePackages.get(lateName(input.path, rules.storeDir));
  if (!known?.commands.includes(name)) addDoubt(comparison, input, name);
}

function addDoubt({ doubts }: Comparison, input: LateInput, name: string): void {
  doubts.set(input, [...(doubts.get(input) ?? []), name]);
}

function isLateFile(variable: Variable | null, late: LateElements): boolean {
  return variable?.value.kind === "string" && late.has(variable.value.text);
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
  /** A variable without the members and functions that come from late build inputs; null if nothing else is left. */
  list(name: string, variable: Variable | null): Variable | null;
}

function createAllowance(starts: Starts, rules: StartRules, index: number, late: LateElements): Allowance {
  const { table } = rules;
  const isLate = lateNames(starts, rules, index);
  const command = (name: string) =>
    late.provides.has(name) ||
    isLate.has(name) ||
    alike.has(name) ||
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
      // stdenv declares its lists without a value.
      if (inputHooks.test(name) && variable.value.kind === "unset") return null;
      if (inputHooks.test(name)) return sorted(withoutElements(variable, command));
      if (earliestHooks.has(name)) return withoutElements(variable, command);
      if (name === "env") return withoutMembers(variable, (member) => isLate.has(member));
      return variable;
    },
  };
}

/** Returns the names of variables that only phases after the snapshot's use, in either build. */
function lateNames({ inputs }: Starts, rules: StartRules, index: number): Set<string> {
  const { phases, splits, disabled, uses, ignored, table } = rules;
  const lists = [...table.dependencyLists];
  const codeOf = (phase: string) => codeNames(phase, splits);
  const running = phases.slice(0, index + 1).filter((phase) => !disabled.includes(phase));
  const others = [...phases.slice(index + 1), ...phases.filter((phase) => disabled.includes(phase))];
  const late = new Set<string>(phaseLists);
  for (const { name, phase } of uses) if (phase > index) late.add(name);
  for (const name of others.flatMap(codeOf)) late.add(name);
  // What was late in the saved build and is missing now, such as the text of a removed phase.
  for (const { name, phase } of inputs)
    if (phase > index && !lists.some((list) => name.startsWith(`${list}.`)))
      late.add(name.replace(/^(?:shell|env)\./, ""));
  for (const { name, phase } of uses) if (phase <= index) late.delete(name);
  for (const name of running.flatMap(codeOf)) late.delete(name);
  // The hook of the snapshot's phase itself has not run yet.
  for (const { phase, post } of splits)
    if (post !== null && phases.indexOf(phase) >= index)
      for (const variable of variablesOf(post)) late.add(variable);
  for (const name of ignored) late.add(name);
  return late;
}

/** Sorts the items of an array whose order makes no difference that other variables do not show. */
function sorted(variable: Variable | null): Variable | null {
  if (variable?.value.kind !== "indexed") return variable;
  const texts = variable.value.items.map(([, text]) => text).sort();
  return { ...variable, value: { kind: "indexed", items: texts.map((text, i) => [String(i), text]) } };
}

/** Removes members of `env`, which with structuredAttrs repeats the variables of the environment. */
function withoutMembers(variable: Variable, out: (member: ByteString) => boolean): Variable | null {
  const { attributes, value } = variable;
  if (value.kind !== "associative") return variable;
  const items = value.items.filter(([member]) => !out(member));
  return items.length === 0 ? null : { attributes, value: { kind: "associative", items } };
}
