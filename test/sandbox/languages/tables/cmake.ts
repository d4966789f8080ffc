import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const cmake: Language = {
  title: "CMake",
  text: `CMake and ninja build tinyxml2 with its tests.`,
  tools: `ninja compiles only what changed if it finds its build directory. It compiles everything again, even there, if the
install prefix is in a command, because each edit changes \`$out\`. CMake switches the tests off at configure time if
\`doCheck\` is off: an edit of \`doCheck\` is restored through \`patchPhase\`.`,
  file: "cmake.nix",
  source: { debian: "tinyxml2" },
  edits: commonEdits({
    preCheck: {},
    "nativeCheckInputs, a package added": {},
    postBuild: {},
    postInstall: {},
    postFixup: { nightly: true },
    "installShellFiles, removed": {},
    "postPhases, a phase added": { nightly: true },
  }),
};
