import { type ByteString, fromText } from "../util/bytes.ts";
import type { Digest } from "../util/hash.ts";
import { withoutComments } from "./code/comments.ts";
import { createScanner, type ScannerOptions } from "./code/scanner.ts";
import { postHookAt, type Split } from "./code/split.ts";
import { listDependencies } from "./dependencies.ts";
import { mapValue, textOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";
import { masker } from "./derivation/outputs.ts";
import { digestOf, valueParts } from "./encode.ts";
import { type AssignedItem, assignPhases } from "./first-use.ts";
import { readHookOptions } from "./hook-options.ts";
import { type Input, maxReasonLength, previewOf, printableName } from "./input.ts";
import { type Item, listItems } from "./item.ts";
import { type LateInput, lateInputs } from "./late-inputs.ts";
import { optionProblems } from "./option-problems.ts";
import { type SplitPhases, splitPhases, withFirstParts } from "./parts.ts";
import { isSwitchedOn, phaseSwitches, switchName } from "./phase-switches.ts";
import type { Table } from "./table.ts";

/** The digest of everything that decides a phase's result, as 64 lower-case hexadecimal digits. */
export type Key = string & { readonly __brand: "Key" };

/** The data from which keys are computed. */
export interface KeySource {
  derivation: Derivation;
  /** The phases of this build in the order in which they run, without parts. */
  phases: readonly string[];
  table: Table;
  /** Functions of the shell before its first phase, by name: the output of `declare -f`. */
  functions: ReadonlyMap<string, ByteString>;
  /** Variables of the shell before its first phase, by name. Each element of an array is a line. */
  variables: ReadonlyMap<string, ByteString>;
  /** The variables that are exported before its first phase. */
  exported: ReadonlySet<string>;
  formatVersion: number;
  /** phasecache's own store paths, which are not part of any key. */
  ownPaths: readonly ByteString[];
}

/** The keys of a build's phases, in order, and the data from which they were computed. */
export interface Keys extends SplitPhases {
  keys: Key[];
  /**
   * For a phase whose post hook is a part, the key that it has in a build in which the hook is not set. For a phase whose post
   * hook would be a part, but is not set, the key that it has in a build in which it is set. Null for all others.
   */
  otherKeys: (Key | null)[];
  /** Sorted by phase, and within a phase in the order in which they are hashed. */
  inputs: Input[];
  /** The variables that phases use, and the phases that use them first. */
  uses: VariableUse[];
  /** The build inputs that the first phase does not use. */
  late: LateInput[];
  /** The phases that their switches disable. They are no users of attributes, so none may be saved. */
  disabled: string[];
  /** Problems with `phaseCacheFirstUse` and `phaseCacheIgnore`, one sentence each. */
  problems: string[];
}

/** The first use of a shell variable that contains an attribute. */
export interface VariableUse {
  name: string;
  /** Index of the phase that uses it first; Infinity when none does. */
  phase: number;
  /** The digest of its value; null when the derivation does not have it. */
  digest: Digest | null;
}

/**
 * Computes the keys of all phases of a build. Canonical encoding: H is the sha256 of the concatenated netstrings of its
 * arguments, and
 *
 *     key(n) = H(key(n-1) or "", phase name, then for each input first used in phase n: name, digest)
 *     digest = H(name, "text", text) or H(name, "list", element, …) or H(name, "json", JSON text)
 *
 * The name of a phase that is followed by its post hook as a part is `buildPhase before postBuild`. Names are UTF-8, digests
 * and keys are in hexadecimal, and inputs are sorted by the bytes of the attribute's name. Elements of a dependency list are in
 * the list's order. In values, the derivation's own output hashes and phasecache's own paths are replaced by placeholders.
 */
export function computeKeys(source: KeySource): Keys {
  const { derivation, table } = source;
  const { options: given } = readHookOptions(derivation, source.phases);
  const shell = { functions: source.functions, variables: source.variables };
  const common = commonOptions(derivation, table);
  const startsOff = (phase: string) => !isSwitchedOn(phase, (name) => initialText(source, name));
  const { phases, splits } = splitPhases(source.phases, startsOff, shell, source.exported, common);
  const options = { ...given, phaseCacheFirstUse: withFirstParts(given.phaseCacheFirstUse, phases) };
  const dependencies = listDependencies({ ...source, phases, shell, options, startsOff });
  const items = listItems({ ...source, phases, splits, shell, options, dependencies });
  const scanner = createScanner(shell, { ...common, splits, ...wantedOf(table, items) });
  const scripts = derivation.scripts.map(withoutLoading);
  const { items: assigned, disabled } = assignPhases(items, { phases, startsOff, scanner }, scripts);
  const mask = masker(derivation.outputs, source.ownPaths);
  const inputs = assigned
    .filter(({ phase, absent }) => Number.isFinite(phase) && !absent)
    .map((item) => toInput(item, mask))
    .sort((a, b) => a.phase - b.phase);
  return {
    phases,
    splits,
    ...chain(phases, splits, inputs),
    inputs,
    uses: variableUses(assigned, mask),
    disabled,
    late: lateInputs(assigned, derivation, options, table),
    problems: optionProblems(derivation, options, assigned, table),
  };
}

/** Returns the text of a variable before the first phase. In bash, `false` of structured attributes is empty. */
function initialText({ variables, derivation }: KeySource, name: string): ByteString {
  const text = variables.get(name) ?? textOfValue(derivation.attributes.get(name) ?? "");
  return text === "false" && !variables.has(name) ? "" : text;
}

function variableUses(
  assigned: readonly AssignedItem[],
  mask: (text: ByteString) => ByteString,
): VariableUse[] {
  return assigned
    .filter(({ group, name }) => group === name && !name.includes(" "))
    .flatMap(({ name, words, phase, value, absent }) => {
      const digest = absent ? null : digestOf([name, ...valueParts(mapValue(value, mask))]);
      const names = words.length === 0 ? [name] : words;
      return names.map((variable) => ({ name: variable, phase, digest }));
    });
}

/** Functions of late packages whose names are also words of other languages, such as Perl's `or die`. */
const functionsLikeWords = ["die", "docstring"];

function commonOptions(
  { attributes, storeDir, stdenvTexts }: Derivation,
  { accountedFunctions, standardPhases }: Table,
): Omit<ScannerOptions, "splits" | "wanted" | "commands"> {
  return {
    accounted: accountedFunctions,
    stdenvTexts,
    attributes: new Map([...attributes].map(([name, value]) => [name, textOfValue(value)])),
    storeDir,
    phases: standardPhases,
    switches: Object.values(phaseSwitches).map(switchName),
  };
}

function wantedOf(
  { latePackages, variables }: Table,
  items: readonly Item[],
): Pick<ScannerOptions, "wanted" | "commands"> {
  // The table's commands are no words of other languages.
  const known = [...latePackages.values()].flatMap(({ commands }) => commands);
  const provided = items
    .flatMap(({ dependency }) => dependency?.provides ?? [])
    .filter((name) => !known.includes(name));
  return {
    wanted: [...new Set([...variables.keys(), ...known, ...items.flatMap(({ words }) => words)])],
    commands: [...functionsLikeWords, ...provided.filter((name) => /^[a-z]+$/.test(name))],
  };
}

/** Removes the commands that load structured attributes from a builder's text: they do not depend on any attribute. */
function withoutLoading(script: ByteString): ByteString {
  return withoutComments(script).replace(
    /(?:\[ -[ef] |\. |\bsource )"?(?:\$\{?NIX_ATTRS_SH_FILE\}?|(?:\.\/)?\.attrs\.sh)"?(?: \])?/g,
    "",
  );
}

function toInput(
  { name, phase, value, because }: AssignedItem,
  mask: (text: ByteString) => ByteString,
): Input {
  const masked = mapValue(value, mask);
  const digest: Digest = digestOf([name, ...valueParts(masked)]);
  return {
    name: printableName(name),
    phase,
    digest,
    preview: previewOf(textOfValue(masked)),
    ...(because === undefined ? {} : { because: printableName(because).slice(0, maxReasonLength) }),
  };
}

function chain(
  phases: readonly string[],
  splits: readonly Split[],
  inputs: readonly Input[],
): Pick<Keys, "keys" | "otherKeys"> {
  const keys: Key[] = [];
  const otherKeys: (Key | null)[] = [];
  let previous = "";
  for (const [index, phase] of phases.entries()) {
    const own = inputs.filter((input) => input.phase === index);
    const parts = own.flatMap(({ name, digest }) => [fromText(name), digest]);
    const keyAs = (name: string) => digestOf([previous, fromText(name), ...parts]) as string as Key;
    const hook = splits.find((split) => split.phase === phase)?.post ?? null;
    const complete = keyAs(phase);
    const before = hook === null ? null : keyAs(`${phase} before ${hook}`);
    const isSplit = postHookAt(phases, index) !== null;
    const key = isSplit ? before! : complete;
    keys.push(key);
    otherKeys.push(isSplit ? complete : before);
    previous = key;
  }
  return { keys, otherKeys };
}
