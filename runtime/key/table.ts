import { readFileSync } from "node:fs";
import { object } from "../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../util/error.ts";

/** A package that only late phases use, and the commands by whose mention in a text an earlier use is known. */
export interface LatePackage {
  phases: readonly string[];
  commands: readonly string[];
}

/** Which phases use what: `hooks/phase-variables.json`. Whatever it does not name belongs to the first phase. */
export interface Table {
  /** stdenv's own phases, in their order. */
  standardPhases: readonly string[];
  /** All the phases that use a variable; none for what matters only to a phase whose text names it. */
  variables: ReadonlyMap<string, readonly string[]>;
  /** By package name, without hash and version. */
  latePackages: ReadonlyMap<string, LatePackage>;
  /** Functions that name variables without depending on their values. */
  accountedFunctions: ReadonlySet<string>;
  dependencyLists: ReadonlySet<string>;
  /** What Nix sets for each build: no part of the derivation. */
  perBuild: ReadonlySet<string>;
  hookOptions: ReadonlySet<string>;
}

/** Inputs that belong to the first phase whatever a table or an option says. */
export const fixedInputs: ReadonlySet<string> = new Set(["NIX_BUILD_TOP", "NIX_STORE", "builder", "system"]);

/** @throws PhaseCacheError when the file can't be read or is not a table */
export function readTable(path: string): Table {
  try {
    return parseTable(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof PhaseCacheError) throw cause;
    throw damaged(`the table of variables in ${path} can't be read`, cause);
  }
}

/** @throws PhaseCacheError naming the first member that is not as it must be */
export function parseTable(value: unknown): Table {
  const table = object(value, "the table of variables");
  const variables = Object.entries(object(table.variables, inTable("variables")));
  const late = Object.entries(object(table.latePackages, inTable("latePackages")));
  for (const [name] of variables) if (fixedInputs.has(name)) refuse(`variables.${name}`);
  return {
    standardPhases: names(table.standardPhases, "standardPhases"),
    variables: new Map(variables.map(([name, users]) => [name, names(users, `variables.${name}`)])),
    latePackages: new Map(late.map(([name, entry]) => [name, latePackage(entry, `latePackages.${name}`)])),
    accountedFunctions: new Set(names(table.accountedFunctions, "accountedFunctions")),
    dependencyLists: new Set(names(table.dependencyLists, "dependencyLists")),
    perBuild: new Set(names(table.perBuild, "perBuild")),
    hookOptions: new Set(names(table.hookOptions, "hookOptions")),
  };
}

function latePackage(value: unknown, where: string): LatePackage {
  const entry = object(value, inTable(where));
  const phases = names(entry.phases, `${where}.phases`);
  if (phases.length === 0) refuse(`${where}.phases`);
  return { phases, commands: names(entry.commands, `${where}.commands`) };
}

function names(value: unknown, where: string): string[] {
  if (!Array.isArray(value)) return refuse(where);
  for (const name of value) if (typeof name !== "string" || !/^[A-Za-z_][\w-]*$/.test(name)) refuse(where);
  return value as string[];
}

function refuse(where: string): never {
  throw damaged(`${inTable(where)} is damaged`);
}

function inTable(where: string): string {
  return `the table of variables: ${where}`;
}
