import type { ByteString } from "../util/bytes.ts";
import { phaseOf } from "./code/split.ts";
import { isNamed, packageOf } from "./dependencies.ts";
import { textOfValue, wordsOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";
import type { AssignedItem } from "./first-use.ts";
import type { HookOptions } from "./hook-options.ts";
import { fixedInputs, type Table } from "./table.ts";

/** Returns the problems with `phaseCacheFirstUse` and `phaseCacheIgnore`, one sentence each. */
export function optionProblems(
  { attributes, storeDir }: Derivation,
  options: HookOptions,
  assigned: readonly AssignedItem[],
  { dependencyLists }: Table,
): string[] {
  const problems: string[] = [];
  for (const name of options.phaseCacheIgnore) {
    if (fixedInputs.has(name))
      problems.push(`phaseCacheIgnore: ${name} decides every phase and can't be left out`);
  }
  for (const [name, [phase]] of options.phaseCacheFirstUse) {
    const [list = "", wanted] = name.split("/");
    const problem =
      wanted === undefined
        ? attributeProblem(name, attributes)
        : packageProblem(list, wanted, dependencyLists, attributes, storeDir);
    const isMeant = ({ group, value }: AssignedItem) =>
      group === list && (wanted === undefined || isNamed(packageOf(textOfValue(value), storeDir), wanted));
    const found = assigned.find((item) => item.because !== undefined && isMeant(item));
    if (problem !== null) problems.push(`phaseCacheFirstUse: ${problem}`);
    else if (found)
      problems.push(`phaseCacheFirstUse: ${name} is used before ${phaseOf(phase)}, because ${found.because}`);
  }
  return problems;
}

function attributeProblem(name: string, attributes: Derivation["attributes"]): string | null {
  if (fixedInputs.has(name)) return `${name} decides every phase`;
  return attributes.has(name) ? null : `there is no attribute ${name}`;
}

/** Returns why `list/wanted` names no package, as a clause with the packages that there are; null if it names one. */
function packageProblem(
  list: string,
  wanted: string,
  dependencyLists: ReadonlySet<string>,
  attributes: Derivation["attributes"],
  storeDir: ByteString,
): string | null {
  if (!dependencyLists.has(list)) {
    const lists = [...dependencyLists].filter((name) => attributes.has(name)).join(", ");
    return `${list} in ${list}/${wanted} is not one of the dependency lists (${lists})`;
  }
  const paths = wordsOfValue(attributes.get(list) ?? "");
  const names = [...new Set(paths.map((path) => packageOf(path, storeDir)))];
  if (names.some((name) => isNamed(name, wanted))) return null;
  return `${list} has no package ${wanted} (it has ${names.join(", ") || "none"})`;
}
