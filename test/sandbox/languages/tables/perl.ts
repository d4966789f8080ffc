import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const perl: Language = {
  title: "Perl (buildPerlPackage)",
  text: "",
  tools: "",
  file: "perl.nix",
  source: { debian: "libtext-iconv-perl" },
  edits: {
    checkFlags: {
      attributes: `checkFlags = [ "TEST_VERBOSE=1" ];`,
      through: "buildPhase",
      runs: "the tests and the phases that follow",
    },
    ...commonEdits({
      preCheck: {},
      "nativeCheckInputs, a package added": {},
      "doCheck, switched off": {},
      postBuild: {},
      postInstall: {},
      postFixup: {},
      "installShellFiles, removed": {},
      "postPhases, a phase added": {},
    }),
  },
};
