import type { ByteString } from "../util/bytes.ts";
import { parseDerivationName, storeName } from "./derivation/package.ts";
import { namesProvidedBy } from "./derivation/setup-hook.ts";
import type { LatePackage, Table } from "./table.ts";

/**
 * Returns the table's entry for a package that only late phases use. Returns undefined for other packages, and for a package
 * with such a name that provides other programs or variables.
 */
export function latePackage(table: Table, path: ByteString, storeDir: ByteString): LatePackage | undefined {
  if (!path.startsWith(`${storeDir}/`)) return undefined;
  const late = table.latePackages.get(parseDerivationName(storeName(path, storeDir)).name);
  if (late === undefined) return undefined;
  const provided = namesProvidedBy(path);
  if (provided === null) return undefined;
  const { programs, functions, variables } = provided;
  const isKnown = (name: string) =>
    late.commands.includes(name) || /^_?(?:pre|post|fixupOutput)\w*Hooks$/.test(name);
  if (![...programs, ...variables].every(isKnown)) return undefined;
  // Functions need no check: only shell texts can call them, and these are searched for their names.
  return { phases: late.phases, commands: [...new Set([...late.commands, ...functions])] };
}
