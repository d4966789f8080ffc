import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

const tests = { compilesTests: true } as const;

export const rust: Language = {
  title: "Rust",
  text: `\`buildRustPackage\` builds a program with a vendored crate (fnv), and runs \`cargo test\`.`,
  tools: `cargo compiles only what changed if it finds its target directory, with \`incremental\` even parts of a crate. In a
sandbox every build begins with an empty one, so it compiles all crates again.`,
  file: "rust.nix",
  source: { sample: "rust" },
  tarballsOf: "fnv",
  edits: {
    ...commonEdits({
      checkFlags: { attributes: `checkFlags = [ "--skip=differs" ];`, ...tests },
    }),
    cargoTestFlags: {
      attributes: `cargoTestFlags = [ "--tests" ];`,
      through: "buildPhase",
      runs: "the tests and the phases after them",
      nightly: true,
      ...tests,
    },
    ...commonEdits({
      preCheck: { nightly: true, ...tests },
      "nativeCheckInputs, a package added": tests,
      "doCheck, switched off": {},
      postBuild: tests,
      postInstall: {},
      postFixup: { nightly: true },
      "makeWrapper, added": {},
      "installShellFiles, removed": { nightly: true },
      "versionCheckHook, added": {},
      "postPhases, a phase added": { nightly: true },
    }),
  },
};
