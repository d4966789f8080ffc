import type { ShellState } from "../shell/index.ts";

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

/** Whether stdenv's runPhase will run a phase, given the current values of the switches. */
export function willRun(phase: string, { variables }: ShellState): boolean {
  const known = switches[phase];
  if (known === undefined) return true;
  const value = variables.get("off" in known ? known.off : known.on)?.value;
  const set = value?.kind === "string" && value.text !== "";
  return "off" in known ? !set : set;
}

/** Defines the function `_phaseCacheIsPhaseDisabled`: whether stdenv's runPhase will skip the phase that is its argument. */
export function switchScript(): string {
  const cases = Object.entries(switches).map(([phase, known]) =>
    "off" in known ? `${phase}) [[ -n \${${known.off}-} ]] ;;` : `${phase}) [[ -z \${${known.on}-} ]] ;;`,
  );
  return `_phaseCacheIsPhaseDisabled() { case \${1-} in ${cases.join(" ")} *) \\builtin return 1 ;; esac; }`;
}
