import type { ByteString } from "../util/bytes.ts";
import type { InitialShell } from "./code/initial-shell.ts";
import { splitWords, wordsOfValue } from "./derivation/attributes.ts";
import { closureOf } from "./derivation/closure.ts";
import type { Derivation } from "./derivation/derivation.ts";
import { parseDerivationName, storeName } from "./derivation/package.ts";
import { namesProvidedBy } from "./derivation/setup-hook.ts";
import { namesIn, unseenUsesOf } from "./derivation/unseen-uses.ts";
import type { HookOptions } from "./hook-options.ts";
import { findersOf, latePackage, phasesInBuild } from "./late-package.ts";
import type { LatePackage, Table } from "./table.ts";

/** An element of a dependency list. */
export interface Dependency {
  list: string;
  /** The package's name, with a number if the list has several packages of that name: `python#2`. */
  name: string;
  path: ByteString;
  /** The phases that use it, or from which on it matters; undefined if it belongs to the first phase. */
  users: readonly string[] | undefined;
  /** Why it belongs to the first phase, as a clause, where that is not obvious. */
  because: string | undefined;
  /** Whether the derivation's author declared it late. */
  declared: boolean;
  /** What it adds to the build: itself, and the inputs that it propagates and that no early input brings. */
  brings: readonly ByteString[];
  /** Functions that find it without naming it. */
  finders: readonly string[];
  /** Names of the functions, variables and programs of all these. */
  provides: readonly string[];
}

interface DependencySource {
  derivation: Derivation;
  table: Table;
  shell: InitialShell;
  options: HookOptions;
  ownPaths: readonly ByteString[];
  /** All phases and parts. */
  phases: readonly string[];
  /** Whether a phase is disabled when the build begins. */
  startsOff: (phase: string) => boolean;
}

/** An element before it is known which early inputs bring the same. */
interface Candidate extends Omit<Dependency, "brings" | "finders" | "provides"> {
  /** Whether it is late because only tests use it. */
  forTests: boolean;
  known: LatePackage | undefined;
}

/** Lists the elements of the dependency lists, with the phases that use them. */
export function listDependencies(source: DependencySource): Dependency[] {
  const candidates = listCandidates(source);
  const always = ["defaultNativeBuildInputs", "defaultBuildInputs"].flatMap((name) =>
    splitWords(source.shell.variables.get(name) ?? ""),
  );
  if (candidates.every(({ users }) => users === undefined))
    return candidates.map((one) => ({ ...one, brings: [], finders: [], provides: [] }));
  for (;;) {
    const early = candidates.filter(({ users }) => users === undefined).map(({ path }) => path);
    const common = closureOf([...early, ...always]);
    const bringsOf = ({ path }: Candidate) => [...closureOf([path])].filter((one) => !common.has(one));
    const seen = candidates.find((one) => one.forTests && one.users !== undefined && seenUse(bringsOf(one)));
    if (seen === undefined) return describe(candidates, bringsOf, source);
    seen.because = seenUse(bringsOf(seen))!;
    seen.users = undefined;
  }
}

function listCandidates(source: DependencySource): Candidate[] {
  const { derivation, table, phases, options, ownPaths, startsOff } = source;
  const isOwn = (path: ByteString) => ownPaths.some((own) => path === own || path.startsWith(`${own}/`));
  const lists = [...table.dependencyLists].filter((list) => !options.phaseCacheIgnore.includes(list));
  const elements = lists.flatMap((list) =>
    wordsOfValue(derivation.attributes.get(list) ?? "")
      .filter((path) => !isOwn(path))
      .map((path) => ({ list, path, name: packageOf(path, derivation.storeDir) })),
  );
  const counts = new Map<string, number>();
  return elements.map(({ list, path, name }) => {
    const count = (counts.get(`${list}/${name}`) ?? 0) + 1;
    counts.set(`${list}/${name}`, count);
    const known = latePackage(table, path, derivation.storeDir);
    const declared = declaredPhase(options, list, name);
    const isAlone = elements.filter((other) => other.path === path).length === 1;
    const forTests = isAlone && options.phaseCacheCheckInputs.some((wanted) => isNamed(name, wanted));
    const testers = forTests ? testUsers.filter((phase) => !startsOff(phase)) : [];
    const inTable = phasesInBuild(table, phases, known?.phases);
    const users = declared ?? inTable ?? (testers.length > 0 ? testers : undefined);
    const own = { list, path, name: `${name}${count > 1 ? `#${count}` : ""}`, users, because: undefined };
    const isDeclared = declared !== undefined;
    return { ...own, declared: isDeclared, forTests: forTests && !isDeclared && known === undefined, known };
  });
}

/**
 * The phases that use inputs of tests. The last one is a setup hook's for Python, which looks at all packages that Python
 * finds.
 */
const testUsers = ["checkPhase", "installCheckPhase", "pythonRuntimeDepsCheckHook"];

/** Returns the name of the package in a store path, without its version. */
export function packageOf(path: ByteString, storeDir: ByteString): ByteString {
  return parseDerivationName(storeName(path, storeDir)).name;
}

/** Whether a package has this name, or has it after the name of a language: `pytest` for `python3.13-pytest`. */
export function isNamed(name: ByteString, wanted: string): boolean {
  const plain = name.replace(/^(?:python|pypy|perl|ruby|lua|luajit|ocaml|php)[\d.]+-/, "");
  return name === wanted || plain === wanted;
}

function declaredPhase({ phaseCacheFirstUse }: HookOptions, list: string, name: ByteString) {
  for (const [key, phase] of phaseCacheFirstUse) {
    const slash = key.indexOf("/");
    if (slash >= 0 && key.slice(0, slash) === list && isNamed(name, key.slice(slash + 1))) return phase;
  }
  return phaseCacheFirstUse.get(list);
}

/** Returns what early phases use of an input of tests, as a clause; null for nothing. */
function seenUse(brings: readonly ByteString[]): string | null {
  for (const path of brings) {
    const [unseen] = unseenUsesOf(path);
    const name = path.slice(path.lastIndexOf("/") + 1).replace(/^[0-9a-z]{32}-/, "");
    if (unseen !== undefined) return `early phases may use the ${unseen} of ${name}`;
    const variable = namesProvidedBy(path)?.variables.find((one) => !/(?:Hooks|Phases)$/.test(one));
    if (variable !== undefined) return `the setup hook of ${name} sets ${variable}`;
  }
  return null;
}

function describe(
  candidates: readonly Candidate[],
  bringsOf: (one: Candidate) => ByteString[],
  { shell, table, derivation }: DependencySource,
): Dependency[] {
  const late = candidates.filter(({ users }) => users !== undefined);
  const brought = new Map(late.map((one) => [one, bringsOf(one)]));
  const paths = new Set([...brought.values()].flat());
  const folders = (shell.variables.get("PATH") ?? "").split(":");
  const isLate = (folder: ByteString) => [...paths].some((path) => folder.startsWith(`${path}/`));
  // A name that an early input provides, too, does not tell which one a text means.
  const common = new Set(folders.filter((folder) => !isLate(folder)).flatMap(namesIn));
  return candidates.map((one) => {
    const brings = brought.get(one) ?? [];
    const others = brings.filter((path) => path !== one.path || one.known === undefined || one.declared);
    const names = others.flatMap((path) => namesOf(path)).filter((name) => !common.has(name));
    const known = one.declared ? [] : (one.known?.commands ?? []);
    const finders = findersOf(table, one.path, derivation.storeDir);
    return { ...one, brings, finders, provides: [...new Set([...known, ...names])] };
  });
}

/** Returns the names of everything that a build input provides. */
export function namesOf(path: ByteString): string[] {
  const provided = namesProvidedBy(path);
  return provided === null ? [] : Object.values(provided).flat();
}
