import type { ByteString } from "../util/bytes.ts";
import { phaseOf } from "./code/split.ts";

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

/** Returns the switch of a phase, or of the phase that has a part. */
export function switchOf(name: string): PhaseSwitch | undefined {
  const phase = phaseOf(name);
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
