import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const perl: Language = {
  title: "Perl",
  text: `\`buildPerlPackage\` builds Text::Iconv with its extension in C, and runs \`make test\`.`,
  tools: `make compiles only what changed if it finds its build directory, which is empty in a sandbox.`,
  file: "perl.nix",
  source: { debian: "libtext-iconv-perl" },
  edits: commonEdits({
    checkFlags: { attributes: `checkFlags = [ "TEST_VERBOSE=1" ];` },
    preCheck: {},
    "nativeCheckInputs, a package added": {},
    "doCheck, switched off": {},
    postBuild: {},
    postInstall: {},
    postFixup: { nightly: true },
    "installShellFiles, removed": {},
    "postPhases, a phase added": { nightly: true },
  }),
};
