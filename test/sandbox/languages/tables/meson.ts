import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const meson: Language = {
  title: "meson",
  text: "",
  tools: "",
  file: "meson.nix",
  source: { example: "fribidi" },
  edits: {
    mesonCheckFlags: {
      attributes: `mesonCheckFlags = [ "--verbose" ];`,
      through: "buildPhase",
      runs: "the tests and the phases that follow",
    },
    ...commonEdits({
      preCheck: {},
      "doCheck, switched off": {},
      postBuild: {},
      postInstall: {},
      postFixup: {},
      "makeWrapper, added": {},
    }),
  },
};
