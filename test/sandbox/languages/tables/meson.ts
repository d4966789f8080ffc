import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const meson: Language = {
  title: "meson",
  text: `meson and ninja build a library and a program in C, with a test.`,
  tools: `The same as for CMake: ninja needs its build directory, and a command that names \`$out\` is a new one after each
edit.`,
  file: "meson.nix",
  source: { sample: "meson" },
  edits: {
    mesonCheckFlags: {
      attributes: `mesonCheckFlags = [ "--verbose" ];`,
      through: "buildPhase",
      runs: "the tests and the phases after them",
    },
    ...commonEdits({
      preCheck: {},
      "nativeCheckInputs, a package added": { nightly: true },
      "doCheck, switched off": {},
      postBuild: {},
      // configurePhase replaces ninja's installPhase by meson's, so that it is not known in advance which one calls the hook.
      postInstall: { through: "checkPhase", runs: "`installPhase` and the phases after it" },
      postFixup: { nightly: true },
      "makeWrapper, added": {},
      "installShellFiles, removed": { nightly: true },
      "postPhases, a phase added": {},
    }),
  },
};
