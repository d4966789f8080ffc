import { commonEdits, without } from "../edits.ts";
import type { Language } from "../language.ts";

const withoutHook = without("nativeBuildInputs", "wrapGAppsHook3");

export const gtk: Language = {
  title: "GTK",
  text: `\`wrapGAppsHook3\` wraps a program in C; its libraries are stubs.`,
  tools: `There is nothing to reuse: the wrappers are made after everything is compiled, and make finds no objects in a new
sandbox.`,
  file: "gtk.nix",
  source: { sample: "program" },
  edits: {
    "preFixup, with gappsWrapperArgs": {
      attributes: `preFixup = "gappsWrapperArgs+=(--set EDITED 1)";`,
      through: "gappsWrapperArgsHook",
      runs: "`fixupPhase`",
    },
    dontWrapGApps: {
      attributes: `dontWrapGApps = true;`,
      through: "gappsWrapperArgsHook",
      runs: "`fixupPhase`",
    },
    "wrapGAppsHook3, removed": { attributes: withoutHook, through: "installPhase", runs: "`fixupPhase`" },
    "wrapGAppsHook3, added": {
      before: `${withoutHook} preBuild = ":";`,
      attributes: `preBuild = ":";`,
      through: "installPhase",
      runs: "`gappsWrapperArgsHook` and `fixupPhase`",
    },
    ...commonEdits({
      preCheck: { nightly: true },
      "nativeCheckInputs, a package added": {},
      postBuild: { nightly: true },
      postInstall: {},
      postFixup: {},
      "versionCheckHook, added": {
        through: "installPhase",
        runs: "`gappsWrapperArgsHook`, `fixupPhase` and `installCheckPhase`",
        nightly: true,
      },
      "postPhases, a phase added": {},
    }),
  },
};
