import { hookOf, phaseOf, postHookAt, type Split, variablesOf } from "../../key/code/split.ts";
import { type ShellState, sameFunction, sameVariable } from "../../shell/index.ts";
import type { SessionState } from "../session.ts";

/**
 * Finds a variable or function by which the code of a phase, or of the hook after it, differs from that before the first phase.
 * Whether the hook can run apart from the phase was decided by the code at that time. Returns null if the code is the same, or if
 * nothing was decided about this phase or part.
 * @param index of the phase or part that has just ended
 * @param before the state before the first phase
 * @param endsAtHook whether the phase ended with the call of its post hook, which was not set
 */
export function findChangedCode(
  state: Pick<SessionState, "phases" | "splits">,
  index: number,
  endsAtHook: boolean,
  before: () => ShellState,
  now: ShellState,
): string | null {
  const name = state.phases[index]!;
  const split = state.splits.find(({ phase }) => phase === phaseOf(name));
  if (split === undefined) return null;
  const isBeforeHook = postHookAt(state.phases, index) !== null || (hookOf(name) === null && endsAtHook);
  if (!isBeforeHook && !hookOf(name)?.startsWith("pre")) return null;
  const initial = before();
  return codeOf(split, isBeforeHook).find((one) => isChanged(one, initial, now)) ?? null;
}

function codeOf({ phase, caller, post }: Split, isBeforeHook: boolean): string[] {
  const hook = isBeforeHook && post !== null ? variablesOf(post) : [];
  return [phase, ...(caller === null ? [] : [caller]), ...hook];
}

function isChanged(name: string, before: ShellState, now: ShellState): boolean {
  return (
    !sameVariable(before.variables.get(name) ?? null, now.variables.get(name) ?? null) ||
    !sameFunction(before.functions.get(name) ?? null, now.functions.get(name) ?? null)
  );
}
