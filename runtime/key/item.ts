import type { ByteString } from "../util/bytes.ts";
import { searchPath } from "./code/analyse.ts";
import { withoutLaterBranches } from "./code/branches.ts";
import { withoutComments } from "./code/comments.ts";
import type { InitialShell } from "./code/initial-shell.ts";
import { codeNames } from "./code/scanner.ts";
import { hookOf, type Split } from "./code/split.ts";
import { withoutStorePaths } from "./code/words.ts";
import type { Dependency } from "./dependencies.ts";
import { type AttributeValue, textOfValue, wordsOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";
import type { HookOptions } from "./hook-options.ts";
import { fixedInputs, type Table } from "./table.ts";

/** A possible input of keys. It becomes an input when the phase that uses it first is known. */
export interface Item {
  name: ByteString;
  /** The sort key: elements of a dependency list stay together, in the list's order. */
  group: ByteString;
  value: AttributeValue;
  /** The phases that use it; undefined when they are unknown, so that it belongs to the first phase. */
  users: readonly string[] | undefined;
  /** Whether no other phase uses it, so that it does not matter while none of its users runs. */
  onlyUsers: boolean;
  /** The words by which a text uses it. */
  words: readonly string[];
  /** Shell text that runs, or may run, where the item is used. */
  text: ByteString;
  /** Whether the text runs only where another text names the item. True for attributes whose purpose is unknown. */
  runsWhenNamed: boolean;
  /** Why it belongs to the first phase, as a clause, where that is not obvious. */
  because?: string | undefined;
  /** Set for an element of a dependency list. */
  dependency?: Dependency;
  /** Set for an attribute that the derivation does not have. It is not an input, but `Keys.uses` has its first use. */
  absent?: true;
}

/** What the items of a derivation are made from. */
interface ItemSource {
  derivation: Derivation;
  /** All phases and parts. */
  phases: readonly string[];
  splits: readonly Split[];
  table: Table;
  shell: InitialShell;
  options: HookOptions;
  dependencies: readonly Dependency[];
  formatVersion: number;
}

/** Lists everything that contributes to the keys of a derivation, in the order of a key's encoding. */
export function listItems(source: ItemSource): Item[] {
  const { attributes } = source.derivation;
  const items = [...fixedItems(source), ...shellItems(source), ...source.dependencies.map(dependencyItem)];
  for (const [name, value] of attributes) {
    if (fixedInputs.has(name) || source.table.hookOptions.has(name)) continue;
    if (source.table.perBuild.has(name) && !source.derivation.own.has(name)) {
      items.push(...ownCores(source, name, value));
      continue;
    }
    if (source.options.phaseCacheIgnore.includes(name)) continue;
    if (!source.table.dependencyLists.has(name)) items.push(attributeItem(source, name, value));
  }
  for (const name of source.table.variables.keys()) {
    if (attributes.has(name) || attributes.has(`env.${name}`)) continue;
    const users = phaseAfterHook(source, name) ?? usersInTable(source, name);
    items.push({ ...plain(name, ""), users, onlyUsers: true, words: [name], absent: true });
  }
  // The sort is stable: elements of a list keep their order.
  return items.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

/** Returns the phase after one that would end with this hook if it were set; undefined for other variables. */
function phaseAfterHook(
  { phases, splits }: Pick<ItemSource, "phases" | "splits">,
  name: string,
): string[] | undefined {
  const ends = splits.filter(({ post }) => post === name).map(({ phase }) => phases.indexOf(phase));
  return ends.length === 0 ? undefined : phases.slice(Math.min(...ends) + 1).slice(0, 1);
}

function fixedItems({ derivation, formatVersion }: ItemSource): Item[] {
  const { attributes, builder, buildTop, storeDir, system } = derivation;
  const program = attributes.get("builder");
  const values: Record<string, AttributeValue> = {
    NIX_BUILD_TOP: buildTop,
    NIX_STORE: storeDir,
    builder: [...(program === undefined ? [] : wordsOfValue(program)), ...builder],
    // No attribute can have this name: names of variables contain no space.
    "format version": String(formatVersion),
    system,
  };
  return Object.entries(values).map(([name, value]) => plain(name, value));
}

/**
 * Returns the number of cores as an item. Nix sets it for each build, so it matters only to phases whose own texts use it
 * for more than a number of jobs.
 */
function ownCores(
  { derivation, phases, splits }: ItemSource,
  name: ByteString,
  value: AttributeValue,
): Item[] {
  if (name !== "NIX_BUILD_CORES") return [];
  const users = phases.filter((phase) =>
    codeNames(phase, splits).some((code) => {
      const text = derivation.attributes.get(code);
      return text !== undefined && dependsOnCores(textOfValue(text));
    }),
  );
  return users.length === 0 ? [] : [{ ...plain(name, value), users }];
}

function dependsOnCores(text: ByteString): boolean {
  const jobs =
    /(?:-[jlpPTn]|--(?:jobs|parallel|threads|processes|load-average)|(?:JOBS|jobs|THREADS|threads|PARALLEL\w*|[cC]ores))[= \t]?["']?\$\{?NIX_BUILD_CORES\b/g;
  return /\bNIX_BUILD_CORES\b/.test(withoutComments(text).replace(jobs, ""));
}

function plain(name: ByteString, value: AttributeValue): Item {
  const [users, onlyUsers, words, text] = [undefined, false, [], ""];
  return { name, group: name, value, users, onlyUsers, words, text, runsWhenNamed: false };
}

/** Attributes that name the package. A word in them is not a use of a variable. */
const labels: ReadonlySet<string> = new Set(["name", "pname", "version"]);

function attributeItem(source: ItemSource, name: ByteString, value: AttributeValue): Item {
  const { derivation, phases, splits, options } = source;
  const declared = options.phaseCacheFirstUse.get(name);
  const users =
    declared ??
    partsOf(phases, name) ??
    phaseAfterHook(source, name) ??
    usersInTable(source, variableOf(name)) ??
    usersOfCode(source, name);
  const isCode = phases.some((phase) => codeNames(phase, splits).includes(name));
  const split = splits.find(({ phase, caller }) => phase === name && caller === null);
  const text = labels.has(name)
    ? ""
    : withoutStorePaths(split?.body ?? textOfValue(value), derivation.storeDir);
  // setup.sh evaluates attributes whose names end in Hook or Hooks before the first phase.
  const runsWhenNamed = users === undefined && !isCode && !/Hooks?$/.test(name);
  const words = [variableOf(name), ...(typeof value !== "string" && "file" in value ? [`${name}Path`] : [])];
  const code = () => ownCode(name, withoutComments(text), derivation);
  return {
    ...plain(name, value),
    users,
    onlyUsers: declared === undefined && users !== undefined,
    words,
    text: isCode ? code() : text,
    runsWhenNamed,
  };
}

/**
 * Returns the phase whose code a variable contains. A phase that the phase list lacks does not run, so its code matters only
 * where a text names it. Returns undefined for other variables.
 */
function usersOfCode({ phases, splits }: ItemSource, name: ByteString): readonly string[] | undefined {
  const users = phases.filter((phase) => codeNames(phase, splits).includes(name));
  return users.length > 0 || /^[a-z]\w*Phase$/.test(name) ? users : undefined;
}

/** Returns the part of an attribute's code that its own phase can run. */
function ownCode(name: ByteString, text: ByteString, { attributes }: Derivation): ByteString {
  if (name !== "buildPhase") return text;
  return withoutLaterBranches(
    text,
    new Map([...attributes].map(([key, value]) => [key, textOfValue(value)])),
  );
}

/** Returns the parts that consist of a hook; undefined if there are none. */
function partsOf(phases: readonly string[], name: ByteString): string[] | undefined {
  const parts = phases.filter((phase) => hookOf(phase) === name);
  return parts.length === 0 ? undefined : parts;
}

/** Returns the shell variable of an attribute. With structuredAttrs, the members of `env` become variables. */
function variableOf(name: ByteString): ByteString {
  return name.startsWith("env.") ? name.slice("env.".length) : name;
}

/** Returns the phases that use a variable according to the table. Only a text that names `passAsFile` uses that list. */
function usersInTable({ table }: ItemSource, name: ByteString): readonly string[] | undefined {
  return name === "passAsFile" ? [] : table.variables.get(name);
}

/** Variables of stdenv and of CMake's setup hook that contain the elements of dependency lists. */
const inputLists = ["pkgsBuildBuild", "pkgsBuildHost", "pkgsBuildTarget", "pkgsHostHost", "pkgsHostTarget"];
const inputPaths = ["HOST_PATH", "XDG_DATA_DIRS", "CMAKE_PREFIX_PATH", "NIXPKGS_CMAKE_PREFIX_PATH"];
const inputVariables = [...inputLists, "pkgsTargetTarget", ...inputPaths, searchPath];

function dependencyItem(dependency: Dependency): Item {
  const { list, name, path, users, because, finders, provides } = dependency;
  return {
    ...plain(`${list}.${name}`, path),
    group: list,
    users,
    because,
    words: users === undefined ? [] : [...provides, ...finders, list, ...inputVariables],
    dependency,
  };
}

/**
 * Returns the code of phases that setup hooks have set or changed before the first phase. A setup hook may, for example,
 * check whether there is an `installPhase`, a late attribute, and change an early phase accordingly.
 */
function shellItems({ derivation, phases, splits, shell, options }: ItemSource): Item[] {
  const names = new Map(
    phases.flatMap((phase) => codeNames(phase, splits).map((name) => [name, phase] as const)),
  );
  const items: Item[] = [];
  for (const [name, phase] of names) {
    const value = shell.variables.get(name);
    if (!value || value === derivation.attributes.get(name) || options.phaseCacheIgnore.includes(name))
      continue;
    items.push({ ...plain(`shell.${name}`, value), users: [phase], onlyUsers: true, words: [name] });
  }
  return items;
}
