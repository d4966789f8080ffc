import type { ByteString } from "../util/bytes.ts";
import { type AttributeValue, textOfValue, wordsOfValue } from "./attributes.ts";
import { codeNames, type LiveShell } from "./code.ts";
import type { Derivation } from "./derivation.ts";
import type { Knobs } from "./knobs.ts";
import { parseDerivationName, storeName } from "./package.ts";
import { fixedInputs, type Table } from "./table.ts";
import { withoutStorePaths } from "./words.ts";

/** Something that will be an input, once it is known which phase uses it first. */
export interface Item {
  name: ByteString;
  /** What it is sorted by: elements of a dependency list stay together, in the list's order. */
  group: ByteString;
  value: AttributeValue;
  /** The phases that use it; undefined when that is not known, which makes it the first phase's. */
  users: readonly string[] | undefined;
  /** The words by which a text uses it. */
  words: readonly string[];
  /** Shell text that runs, or may run, where the item is used. */
  text: ByteString;
}

/** What the items of a derivation are made from. */
export interface ItemSource {
  derivation: Derivation;
  phases: readonly string[];
  table: Table;
  shell: LiveShell;
  knobs: Knobs;
  ownPaths: readonly ByteString[];
  formatVersion: number;
}

/** Everything that contributes to the keys of a derivation, in the order of a key's encoding. */
export function listItems(source: ItemSource): Item[] {
  const { attributes } = source.derivation;
  const items = [...fixedItems(source), ...shellItems(source)];
  for (const [name, value] of attributes) {
    if (fixedInputs.has(name) || source.table.perBuild.has(name) || source.table.knobs.has(name)) continue;
    if (source.knobs.phaseCacheIgnore.includes(name)) continue;
    if (source.table.dependencyLists.has(name)) items.push(...dependencyItems(source, name, value));
    else items.push(attributeItem(source, name, value));
  }
  // The sort is stable: elements of a list keep their order.
  return items.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

function fixedItems({ derivation, formatVersion }: ItemSource): Item[] {
  const { attributes, builder, buildTop, storeDir, system } = derivation;
  const program = attributes.get("builder");
  const values: Record<string, AttributeValue> = {
    NIX_BUILD_TOP: buildTop,
    NIX_STORE: storeDir,
    builder: [...(program === undefined ? [] : wordsOfValue(program)), ...builder],
    // No attribute can be called this: a variable's name has no space.
    "format version": String(formatVersion),
    system,
  };
  return Object.entries(values).map(([name, value]) => plain(name, value));
}

function plain(name: ByteString, value: AttributeValue): Item {
  return { name, group: name, value, users: undefined, words: [], text: "" };
}

function attributeItem(
  { derivation, phases, table, knobs }: ItemSource,
  name: ByteString,
  value: AttributeValue,
): Item {
  const custom = phases.includes(name) ? [name] : undefined;
  const users = knobs.phaseCacheFirstUse.get(name) ?? table.variables.get(name) ?? custom;
  const text = withoutStorePaths(textOfValue(value), derivation.storeDir);
  return { ...plain(name, value), users, words: [name], text };
}

function dependencyItems(source: ItemSource, list: ByteString, value: AttributeValue): Item[] {
  const { derivation, table, knobs, ownPaths } = source;
  const counts = new Map<string, number>();
  const isOwn = (path: ByteString) => ownPaths.some((own) => path === own || path.startsWith(`${own}/`));
  return wordsOfValue(value)
    .filter((path) => !isOwn(path))
    .map((path) => {
      const { name } = parseDerivationName(storeName(path, derivation.storeDir));
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const late = path.startsWith(`${derivation.storeDir}/`) ? table.latePackages.get(name) : undefined;
      return {
        name: `${list}.${name}${count > 1 ? `#${count}` : ""}`,
        group: list,
        value: path,
        users: knobs.phaseCacheFirstUse.get(list) ?? late?.phases,
        words: [...(late?.commands ?? []), ...(knobs.phaseCacheFirstUse.has(list) ? [list] : [])],
        text: "",
      };
    });
}

/**
 * What setup hooks have made of the phases before the first one: a setup hook may look at a late attribute (whether
 * there is an `installPhase`, say) and hook into an early phase accordingly.
 */
function shellItems({ derivation, phases, shell, knobs }: ItemSource): Item[] {
  const names = new Map(phases.flatMap((phase) => codeNames(phase).map((name) => [name, phase] as const)));
  const items: Item[] = [];
  for (const [name, phase] of names) {
    const value = shell.variables.get(name);
    if (!value || value === derivation.attributes.get(name) || knobs.phaseCacheIgnore.includes(name))
      continue;
    items.push({ ...plain(`shell.${name}`, value), users: [phase], words: [name] });
  }
  return items;
}
