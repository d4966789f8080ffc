import type { ShellState } from "../shell/index.ts";

/** The variables by which stdenv's runPhase leaves out a phase: one that is not empty turns it off, or on. */
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

/** Whether stdenv's runPhase will do something for a phase, by the switches as they stand. */
export function willRun(phase: string, { variables }: ShellState): boolean {
  const known = switches[phase];
  if (known === undefined) return true;
  const value = variables.get("off" in known ? known.off : known.on)?.value;
  const set = value?.kind === "string" && value.text !== "";
  return "off" in known ? !set : set;
}

/** The function `_phaseCacheIsPhaseDisabled`: whether runPhase will do nothing for the phase that is its argument. */
export function switchScript(): string {
  const cases = Object.entries(switches).map(([phase, known]) =>
    "off" in known ? `${phase}) [[ -n \${${known.off}-} ]] ;;` : `${phase}) [[ -z \${${known.on}-} ]] ;;`,
  );
  return `_phaseCacheIsPhaseDisabled() { case \${1-} in ${cases.join(" ")} *) \\builtin return 1 ;; esac; }`;
}
