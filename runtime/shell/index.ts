export { type Change, diffStates, type StateChange } from "./change.ts";
export { type Description, describeChange, type Kind } from "./describe.ts";
export { parseDump } from "./dump.ts";
export { emitScript } from "./emit.ts";
export { type Conflict, type Merged, type MergeOptions, mergeChange } from "./merge.ts";
export type { Setting, StatePlan } from "./plan.ts";
export { bashWord } from "./quote.ts";
export type { Item, ShellFunction, ShellState, Value, Variable } from "./state.ts";
export { parseChange } from "./validate.ts";
