import type { Table } from "../../runtime/key/table.ts";
import type { Use } from "./checkout.ts";
import { earlyPackages, earlyVariables, namesIn } from "./early.ts";

/**
 * Variables in capitals belong to the environment of programs, which any phase can run. Names of one or two letters are loop
 * variables of languages other than bash.
 */
const notAttribute = /^_*[A-Z][A-Z0-9_]*$|^.{1,2}$/;

/** Returns the uses of names that are neither in the table nor known to be early, sorted by hook. */
export function unknownUses(uses: readonly Use[], table: Table): Use[] {
  const variables = new Set([
    ...table.variables.keys(),
    ...table.dependencyLists,
    ...table.perBuild,
    ...table.hookOptions,
    ...namesIn(earlyVariables),
  ]);
  const packages = new Set([...table.latePackages.keys(), ...namesIn(earlyPackages)]);
  const isKnown = ({ kind, name }: Use) =>
    kind === "package"
      ? packages.has(name)
      : // A phase can extend the array of a list of flags: `makeFlagsArray` of `makeFlags`.
        variables.has(name) || variables.has(name.replace(/Array$/, "")) || notAttribute.test(name);
  const unknown = uses.filter((use) => !isKnown(use));
  return unknown.sort((a, b) => compare(a.hook, b.hook) || compare(a.file, b.file) || a.line - b.line);
}

/** Formats uses as text: each hook, and below it what it uses, with file and line. */
export function formatUses(uses: readonly Use[]): string {
  let hook: string | undefined;
  return uses
    .map((use) => {
      const heading = use.hook === hook ? "" : `${use.hook}\n`;
      hook = use.hook;
      return `${heading}  ${use.kind} ${use.name} (${use.file}:${use.line})\n`;
    })
    .join("");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
