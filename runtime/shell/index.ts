export { type Change, diffStates, type StateChange } from "./change.ts";
export { compareChanges, type StateDifference } from "./compare.ts";
export {
  type Description,
  describeChange,
  describeFunction,
  describeVariable,
  type Kind,
} from "./describe.ts";
export { parseDump, parseShellFacts, type ShellFacts } from "./dump/dump.ts";
export { bashWord } from "./emit/quote.ts";
export { emitScript } from "./emit/script.ts";
export { keepsFinalValue } from "./excluded.ts";
export { applyChange, emptyState, fullChange, planFullState } from "./full-state.ts";
export { type Conflict, type Merged, type MergeOptions, mergeChange } from "./merge/merge.ts";
export type { Setting, StatePlan } from "./plan.ts";
export { relocateChange, relocateFunction, relocateVariable } from "./relocate.ts";
export {
  type Item,
  type ShellFunction,
  type ShellState,
  sameFunction,
  sameVariable,
  type Value,
  type Variable,
} from "./state.ts";
export { temporaryNames } from "./temporary-names.ts";
export { parseChange } from "./validate/change.ts";
