import { readFileSync } from "node:fs";
import { object } from "../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../util/error.ts";

/** A package that only late phases use. A text that names one of its commands is an earlier use. */
export interface LatePackage {
  phases: readonly string[];
  commands: readonly string[];
}

/** The table of which phases use what, `hooks/phase-variables.json`. What it does not name belongs to the first phase. */
export interface Table {
  /** stdenv's phases, in their order. */
  standardPhases: readonly string[];
  /** All phases that use a variable. Empty for a variable that only the phases whose texts name it use. */
  variables: ReadonlyMap<string, readonly string[]>;
  /** By package name, without hash and version, as `lateName` returns it. */
  latePackages: ReadonlyMap<string, LatePackage>;
  /** Functions that look for programs and modules whose names the sources have: tests may depend on what they find. */
  moduleFinders: readonly string[];
  /** Functions whose results do not depend on the variables that they name. */
  accountedFunctions: ReadonlySet<string>;
  dependencyLists: ReadonlySet<string>;
  /** Variables that Nix sets for each build, and that are not part of the derivation. */
  perBuild: ReadonlySet<string>;
  hookOptions: ReadonlySet<string>;
}

/** Inputs that always belong to the first phase, whatever the table and the hook options say. */
export const fixedInputs: ReadonlySet<string> = new Set(["NIX_BUILD_TOP", "NIX_STORE", "builder", "system"]);

/**
 * Reads the table from a file.
 * @throws PhaseCacheError when the file can't be read or is not a table
 */
export function readTable(path: string): Table {
  try {
    return parseTable(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof PhaseCacheError) throw cause;
    throw damaged(`the table of variables in ${path} can't be read`, cause);
  }
}

/**
 * Checks the table.
 * @throws PhaseCacheError with the name of the first invalid member
 */
export function parseTable(value: unknown): Table {
  const table = object(value, "the table of variables");
  const variables = Object.entries(object(table.variables, inTable("variables")));
  const late = Object.entries(object(table.latePackages, inTable("latePackages")));
  for (const [name] of variables) if (fixedInputs.has(name)) refuse(`variables.${name}`);
  return {
    standardPhases: names(table.standardPhases, "standardPhases"),
    variables: new Map(variables.map(([name, users]) => [name, names(users, `variables.${name}`)])),
    latePackages: new Map(late.map(([name, entry]) => [name, latePackage(entry, `latePackages.${name}`)])),
    moduleFinders: names(table.moduleFinders, "moduleFinders"),
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
  for (const name of value) if (typeof name !== "string" || !/^[A-Za-z_][\w.-]*$/.test(name)) refuse(where);
  return value as string[];
}

function refuse(where: string): never {
  throw damaged(`${inTable(where)} is damaged`);
}

function inTable(where: string): string {
  return `the table of variables: ${where}`;
}
