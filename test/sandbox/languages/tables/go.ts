import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

const tests = { compilesTests: true } as const;

export const go: Language = {
  title: "Go (buildGoModule)",
  text: "",
  tools: "",
  file: "go.nix",
  source: { example: "toml" },
  edits: {
    checkFlags: {
      attributes: `checkFlags = [ "-short" ];`,
      through: "buildPhase",
      runs: "the tests and the phases that follow",
      ...tests,
    },
    ...commonEdits({
      preCheck: tests,
      "nativeCheckInputs, a package added": tests,
      "doCheck, switched off": {},
      postBuild: tests,
      "makeWrapper, added": {},
      postInstall: {},
      postFixup: {},
      "installShellFiles, removed": {},
      "postPhases, a phase added": {},
    }),
  },
};
