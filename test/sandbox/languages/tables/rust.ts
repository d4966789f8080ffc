import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

const tests = { compilesTests: true } as const;

export const rust: Language = {
  title: "Rust (buildRustPackage)",
  text: "",
  tools: "",
  file: "rust.nix",
  source: { sample: "rust" },
  tarballsOf: "fnv",
  edits: {
    checkFlags: {
      attributes: `checkFlags = [ "--skip=differs" ];`,
      through: "buildPhase",
      runs: "the tests and the phases that follow",
      ...tests,
    },
    cargoTestFlags: {
      attributes: `cargoTestFlags = [ "--tests" ];`,
      through: "buildPhase",
      runs: "the tests and the phases that follow",
      ...tests,
    },
    ...commonEdits({
      preCheck: tests,
      "nativeCheckInputs, a package added": tests,
      "doCheck, switched off": {},
      postBuild: tests,
      "installShellFiles, removed": {},
      "makeWrapper, added": {},
      postInstall: {},
      postFixup: {},
      "versionCheckHook, added": {},
      "postPhases, a phase added": {},
    }),
  },
};
