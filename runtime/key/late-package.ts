import type { ByteString } from "../util/bytes.ts";
import { codeNames } from "./code/scanner.ts";
import { phaseOf } from "./code/split.ts";
import { lateName } from "./derivation/package.ts";
import { namesProvidedBy } from "./derivation/setup-hook.ts";
import type { LatePackage, Table } from "./table.ts";

/**
 * Matches the lists with which a setup hook adds code to phases. What they contain is part of keys, and so are the phases.
 * `postHooks` is not among them: its functions run before the first phase.
 */
const addsCode = /^_?(?:pre|post|fixupOutput)\w+Hooks$|^(?:pre|post)\w*Phases$/;

/** Returns the names by which the table may know a program: `pytest` for `.pytest-wrapped`, `coverage` for `coverage-3.13`. */
export function programNames(program: string): string[] {
  const unwrapped = program.replace(/^\.(.+)-wrapped_*$/, "$1");
  return [unwrapped, unwrapped.replace(/-?\d+(?:\.\d+)*$/, "")];
}

/**
 * Returns the table's entry for a package that only late phases use. Returns undefined for other packages, and for a package
 * with such a name that provides other programs or variables.
 */
export function latePackage(table: Table, path: ByteString, storeDir: ByteString): LatePackage | undefined {
  if (!path.startsWith(`${storeDir}/`)) return undefined;
  const late = table.latePackages.get(lateName(path, storeDir));
  if (late === undefined) return undefined;
  const provided = namesProvidedBy(path);
  if (provided === null) return undefined;
  const { programs, functions, variables } = provided;
  const isKnown = (name: string) => late.commands.includes(name);
  if (!programs.every((name) => programNames(name).some(isKnown))) return undefined;
  const code = late.phases.flatMap((phase) => codeNames(phaseOf(phase), []));
  // Setting another late attribute is no use of the package: that attribute's value is compared before a restore.
  const isLate = (name: string) => addsCode.test(name) || code.includes(name) || table.variables.has(name);
  if (!variables.every((name) => isKnown(name) || isLate(name))) return undefined;
  // Functions need no check: only shell texts can call them, and these are searched for their names.
  return { phases: late.phases, commands: [...new Set([...late.commands, ...functions])] };
}

/**
 * Returns the users of a package. If all of them are phases of setup hooks which this build does not have,
 * nothing uses it, and it belongs to the last phase.
 */
export function phasesInBuild(
  { standardPhases }: Table,
  phases: readonly string[],
  users: readonly string[] | undefined,
): readonly string[] | undefined {
  const canRun = (user: string) => phases.includes(phaseOf(user)) || standardPhases.includes(phaseOf(user));
  return users === undefined || users.length === 0 || users.some(canRun) ? users : phases.slice(-1);
}

/** Returns the functions that find a package without naming it. They look for modules of languages, such as pytest. */
export function findersOf(
  { moduleFinders }: Table,
  path: ByteString,
  storeDir: ByteString,
): readonly string[] {
  return /^(?:[a-z]+\d+-|pytest-)/.test(lateName(path, storeDir)) ? moduleFinders : [];
}
