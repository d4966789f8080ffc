import { isSwitchedOn, phaseSwitches } from "../key/phase-switches.ts";
import type { ShellState, Variable } from "../shell/index.ts";
import type { ByteString } from "../util/bytes.ts";

/** Whether stdenv's runPhase will run a phase, given the current values of the switches. */
export function willRun(phase: string, { variables }: ShellState): boolean {
  return isSwitchedOn(phase, (name) => textOf(variables.get(name)));
}

/** Defines the function `_phaseCacheIsPhaseDisabled`: whether stdenv's runPhase will skip the phase that is its argument. */
export function switchScript(): string {
  const cases = Object.entries(phaseSwitches).map(([phase, known]) =>
    "off" in known ? `${phase}) [[ -n \${${known.off}-} ]] ;;` : `${phase}) [[ -z \${${known.on}-} ]] ;;`,
  );
  return `_phaseCacheIsPhaseDisabled() { case \${1-} in ${cases.join(" ")} *) \\builtin return 1 ;; esac; }`;
}

/** The value of `${NAME-}` in bash: for an array, its element 0. */
function textOf(variable: Variable | undefined): ByteString {
  const value = variable?.value ?? { kind: "unset" };
  if (value.kind === "unset") return "";
  return value.kind === "string" ? value.text : (value.items.find(([key]) => key === "0")?.[1] ?? "");
}
