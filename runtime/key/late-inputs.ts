import type { ByteString } from "../util/bytes.ts";
import { namesOf } from "./dependencies.ts";
import { textOfValue, wordsOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";
import { modulesIn, sitePackagesOf, unseenUsesOf } from "./derivation/unseen-uses.ts";
import type { AssignedItem } from "./first-use.ts";
import type { HookOptions } from "./hook-options.ts";
import type { Table } from "./table.ts";

/** A build input that only late phases use: an element of a dependency list, or something that one propagates. */
export interface LateInput {
  path: ByteString;
  /** Index of the phase that uses it first; Infinity when none does. */
  phase: number;
  /** Whether the derivation's author declared it late. */
  declared: boolean;
  /** Names of the functions, variables and programs that it provides. */
  provides: readonly string[];
  /** Names of its Python modules. */
  modules: readonly string[];
  /** What early phases may use of it without naming it: see `unseenUsesOf`. */
  unseen: readonly string[];
}

/** Returns the build inputs that only late phases use, by the table, `phaseCacheFirstUse` or `phaseCacheIgnore`. */
export function lateInputs(
  assigned: readonly AssignedItem[],
  { attributes }: Derivation,
  { phaseCacheIgnore }: HookOptions,
  { dependencyLists }: Table,
): LateInput[] {
  const late = new Map<ByteString, LateInput>();
  const early = new Set<ByteString>();
  for (const { phase, value, dependency } of assigned) {
    if (dependency === undefined) continue;
    const { brings, declared, provides } = dependency;
    for (const path of phase === 0 ? [textOfValue(value), ...brings] : []) early.add(path);
    for (const path of brings) {
      const names = [...(path === textOfValue(value) ? provides : []), ...namesOf(path)];
      const found = late.get(path) ?? describeLate(path, phase, declared, names);
      late.set(path, { ...found, phase: Math.min(found.phase, phase), declared: found.declared || declared });
    }
  }
  const left = phaseCacheIgnore.filter((name) => dependencyLists.has(name));
  for (const path of left.flatMap((name) => wordsOfValue(attributes.get(name) ?? "")))
    if (!late.has(path)) late.set(path, describeLate(path, Number.POSITIVE_INFINITY, true, namesOf(path)));
  return [...late.values()].filter(({ path }) => !early.has(path));
}

function describeLate(
  path: ByteString,
  phase: number,
  declared: boolean,
  provides: readonly string[],
): LateInput {
  const modules = [...new Set(sitePackagesOf(path).flatMap(modulesIn))];
  return { path, phase, declared, provides: [...new Set(provides)], modules, unseen: unseenUsesOf(path) };
}
