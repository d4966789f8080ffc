import type { ByteString } from "../util/bytes.ts";

/** A variable that makes stdenv's runPhase skip a phase: if not empty, it disables (`off`) or enables (`on`) the phase. */
export type PhaseSwitch = { off: string } | { on: string };

export const phaseSwitches: Readonly<Record<string, PhaseSwitch>> = {
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

export function switchOf(phase: string): PhaseSwitch | undefined {
  return Object.hasOwn(phaseSwitches, phase) ? phaseSwitches[phase] : undefined;
}

export function switchName(known: PhaseSwitch): string {
  return "off" in known ? known.off : known.on;
}

/** Whether stdenv's runPhase runs a phase. `textOf` returns the value of `${NAME-}`. */
export function isSwitchedOn(phase: string, textOf: (name: string) => ByteString): boolean {
  const known = switchOf(phase);
  if (known === undefined) return true;
  return (textOf(switchName(known)) !== "") === "on" in known;
}
