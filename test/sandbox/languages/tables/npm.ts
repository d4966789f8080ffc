import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const npm: Language = {
  title: "Node (buildNpmPackage)",
  text: "",
  tools: "",
  file: "npm.nix",
  source: { sample: "npm" },
  edits: commonEdits({
    preCheck: {},
    "nativeCheckInputs, a package added": {},
    "doCheck, switched off": {},
    postBuild: {},
    postInstall: {},
    postFixup: {},
    "installShellFiles, removed": {},
    "postPhases, a phase added": {},
  }),
};
