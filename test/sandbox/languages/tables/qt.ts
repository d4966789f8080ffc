import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const qt: Language = {
  title: "Qt (wrapQtAppsHook)",
  text: "",
  tools: "",
  file: "qt.nix",
  source: { sample: "program" },
  edits: {
    qtWrapperArgs: {
      attributes: `qtWrapperArgs = [ "--set EDITED 1" ];`,
      through: "installPhase",
      runs: "`qtOwnPathsHook` and `fixupPhase`",
    },
    dontWrapQtApps: { attributes: `dontWrapQtApps = true;`, through: "qtOwnPathsHook", runs: "`fixupPhase`" },
    "wrapQtAppsHook, removed": {
      attributes: `nativeBuildInputs = builtins.filter (package: package != pkgs.wrapQtAppsHook) old.nativeBuildInputs;`,
      through: "installPhase",
      runs: "`fixupPhase`",
    },
    "wrapQtAppsHook, added": {
      before: `nativeBuildInputs = builtins.filter (package: package != pkgs.wrapQtAppsHook) old.nativeBuildInputs; postInstall = ":";`,
      attributes: `postInstall = ":";`,
      through: "installPhase",
      runs: "`qtOwnPathsHook` and `fixupPhase`",
    },
    ...commonEdits({
      "versionCheckHook, added": {},
      postInstall: {},
      postFixup: {},
      "postPhases, a phase added": {},
    }),
  },
};
