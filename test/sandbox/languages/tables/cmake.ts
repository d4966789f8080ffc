import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const cmake: Language = {
  title: "CMake",
  text: "",
  tools: "",
  file: "cmake.nix",
  source: { example: "jansson" },
  edits: commonEdits({
    preCheck: {},
    "nativeCheckInputs, a package added": {},
    postBuild: {},
    postInstall: {},
    postFixup: {},
    "installShellFiles, removed": {},
  }),
};
