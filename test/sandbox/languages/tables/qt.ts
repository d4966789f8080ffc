import { commonEdits, without } from "../edits.ts";
import type { Language } from "../language.ts";

const withoutHook = without("nativeBuildInputs", "wrapQtAppsHook");

export const qt: Language = {
  title: "Qt",
  text: `\`wrapQtAppsHook\` wraps a program in C; its libraries are stubs.`,
  tools: `As with GTK, there is nothing to reuse in a new sandbox.`,
  file: "qt.nix",
  source: { sample: "program" },
  edits: {
    qtWrapperArgs: {
      attributes: `qtWrapperArgs = [ "--set EDITED 1" ];`,
      through: "installPhase",
      runs: "`qtOwnPathsHook` and `fixupPhase`",
    },
    dontWrapQtApps: { attributes: `dontWrapQtApps = true;`, through: "qtOwnPathsHook", runs: "`fixupPhase`" },
    "wrapQtAppsHook, removed": { attributes: withoutHook, through: "installPhase", runs: "`fixupPhase`" },
    "wrapQtAppsHook, added": {
      before: `${withoutHook} preBuild = ":";`,
      attributes: `preBuild = ":";`,
      through: "installPhase",
      runs: "`qtOwnPathsHook` and `fixupPhase`",
    },
    ...commonEdits({
      "nativeCheckInputs, a package added": { nightly: true },
      postInstall: {},
      postFixup: { nightly: true },
      "versionCheckHook, added": {
        through: "installPhase",
        runs: "`qtOwnPathsHook`, `fixupPhase` and `installCheckPhase`",
      },
      "postPhases, a phase added": { nightly: true },
    }),
  },
};
