import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

const tests = { compilesTests: true } as const;

export const go: Language = {
  title: "Go",
  text: `\`buildGoModule\` builds a program, and runs \`go test\`.`,
  tools: `go compiles nothing that its cache (\`GOCACHE\`) has, tests included, and repeats no test that passed with the same
inputs. In a sandbox every build begins with an empty cache, and compiles the standard library as well.`,
  file: "go.nix",
  source: { sample: "go-words" },
  edits: commonEdits({
    checkFlags: { attributes: `checkFlags = [ "-short" ];`, ...tests },
    preCheck: { nightly: true, ...tests },
    "nativeCheckInputs, a package added": tests,
    "doCheck, switched off": {},
    postBuild: tests,
    postInstall: {},
    postFixup: { nightly: true },
    "makeWrapper, added": { nightly: true },
    "installShellFiles, removed": { nightly: true },
    "versionCheckHook, added": {},
    "postPhases, a phase added": { nightly: true },
  }),
};
