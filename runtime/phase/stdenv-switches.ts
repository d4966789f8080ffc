import { phaseOf } from "../key/code/split.ts";
import type { ShellState, Variable } from "../shell/index.ts";
import type { ByteString } from "../util/bytes.ts";

/** The variables that make stdenv's runPhase skip a phase: if not empty, they disable or enable it. */
const switches: Record<string, { off: string } | { on: string }> = {
  unpackPhase: { off: "dontUnpack" },
  patchPhase: { off: "dontPatch" },
  configurePhase: { off: "dontConfigure" },
  buildPhase: { off: "dontBuild" },
  checkPhase: { on: "doCheck" },
  installPhase: { off: "dontInstall" },
  fixupPhase: { off: "dontFixup" },
  installCheckPhase: { on: "doInstallCheck" },
  distPhase: { on: "doDist" },
};

/** Whether stdenv's runPhase will run a phase or part, given the current values of the switches. */
export function willRun(name: string, { variables }: ShellState): boolean {
  const phase = phaseOf(name);
  const known = Object.hasOwn(switches, phase) ? switches[phase] : undefined;
  if (known === undefined) return true;
  const set = textOf(variables.get("off" in known ? known.off : known.on)) !== "";
  return "off" in known ? !set : set;
}

/** Defines the function `_phaseCacheIsPhaseDisabled`: whether stdenv's runPhase will skip the phase that is its argument. */
export function switchScript(): string {
  const cases = Object.entries(switches).map(([phase, known]) =>
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
