import type { ByteString } from "../../util/bytes.ts";
import type { Change, StateChange } from "../change.ts";
import { describe, type Kind } from "../describe.ts";
import { resetSideEffects, type Setting, type StatePlan } from "../plan.ts";
import { relocateChange } from "../relocate.ts";
import type { ShellState } from "../state.ts";
import { functionRules, maskRules, optionRules, type Rules, rulesFor } from "./rules.ts";

/** A setting that phases changed, and whose initial value is another one in this shell. The values are for people. */
export interface Conflict {
  name: string;
  kind: Kind;
  oldInitial: string | null;
  newInitial: string | null;
  final: string | null;
}

interface Merged {
  result: StatePlan;
  conflicts: Conflict[];
}

interface MergeOptions {
  /** Replaces the output hashes of the saved build by those of this build. */
  relocate: (bytes: ByteString) => ByteString;
  /** Whether to take the final value despite a conflict, where the shell allows it. The conflict is still listed. */
  force: boolean;
}

/**
 * Applies the changes of an old build's phases to the initial state of a new build. Where the initial values are equal, the
 * final value is set. Where they differ and the phases extended the value, the extension is applied. All else is a conflict.
 */
export function mergeChange(change: StateChange, initial: ShellState, options: MergeOptions): Merged {
  const { variables, functions, options: switches, umask, cwd } = relocateChange(change, options.relocate);
  const outcomes = {
    variables: variables.map((one) =>
      mergeOne("variable", one, initial.variables.get(one.name), rulesFor(one.name)),
    ),
    functions: functions.map((one) =>
      mergeOne("function", one, initial.functions.get(one.name), functionRules),
    ),
    options: switches.map((one) => mergeOne("option", one, initial.options.get(one.name), optionRules)),
    umask: mergeOne("umask", { name: "umask", ...umask }, initial.umask, maskRules),
  };
  const chosen = <T>(list: Outcome<T>[]) => list.flatMap((o) => (options.force ? o.forced : o.settings));
  const plan = {
    variables: chosen(outcomes.variables),
    functions: chosen(outcomes.functions),
    options: chosen(outcomes.options),
    umask: chosen([outcomes.umask])[0]?.wanted ?? initial.umask,
    cwd: cwd.after,
  };
  const all = [...outcomes.variables, ...outcomes.functions, ...outcomes.options, outcomes.umask];
  return { result: resetSideEffects(plan, initial), conflicts: all.flatMap(({ conflicts }) => conflicts) };
}

/** The settings to apply without and with force, and the conflicts. */
interface Outcome<T> {
  settings: Setting<T>[];
  forced: Setting<T>[];
  conflicts: Conflict[];
}

function mergeOne<T>(kind: Kind, change: Change<T>, initial: T | undefined, rules: Rules<T>): Outcome<T> {
  const { name, before, after } = change;
  const current = initial ?? null;
  if (rules.same(current, after)) return { settings: [], forced: [], conflicts: [] };
  const settable = rules.settable(current);
  const final = { name, current, wanted: after };
  if (settable && rules.same(current, before)) return withoutConflict(final);
  const extension = settable ? rules.extend(change, current) : null;
  if (extension !== null) return withoutConflict({ name, current, ...extension });
  const conflict = conflictOf(kind, change, current, rules.words);
  return { settings: [], forced: settable ? [final] : [], conflicts: [conflict] };
}

function withoutConflict<T>(setting: Setting<T>): Outcome<T> {
  return { settings: [setting], forced: [setting], conflicts: [] };
}

function conflictOf<T>(
  kind: Kind,
  change: Change<T>,
  current: T | null,
  words: (value: T) => string,
): Conflict {
  const { name, before, after } = describe(kind, change, words);
  return {
    name,
    kind,
    oldInitial: before,
    newInitial: current === null ? null : words(current),
    final: after,
  };
}
