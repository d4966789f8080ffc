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
function programNames(program: string): string[] {
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
