import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const gtk: Language = {
  title: "GTK (wrapGAppsHook)",
  text: "",
  tools: "",
  file: "gtk.nix",
  source: { sample: "program" },
  edits: {
    "preFixup, with gappsWrapperArgs": {
      attributes: `preFixup = "gappsWrapperArgs+=(--set EDITED 1)";`,
      through: "gappsWrapperArgsHook",
      runs: "`fixupPhase`",
    },
    dontWrapGApps: { attributes: `dontWrapGApps = true;`, through: "gappsWrapperArgsHook", runs: "`fixupPhase`" },
    "wrapGAppsHook, removed": {
      attributes: `nativeBuildInputs = builtins.filter (package: package != pkgs.wrapGAppsHook3) old.nativeBuildInputs;`,
      through: "installPhase",
      runs: "`fixupPhase`",
    },
    "wrapGAppsHook, added": {
      before: `nativeBuildInputs = builtins.filter (package: package != pkgs.wrapGAppsHook3) old.nativeBuildInputs; postInstall = ":";`,
      attributes: `postInstall = ":";`,
      through: "installPhase",
      runs: "`fixupPhase`",
    },
    ...commonEdits({
      "nativeCheckInputs, a package added": {},
      postInstall: {},
      postFixup: {},
      "postPhases, a phase added": {},
    }),
  },
};
