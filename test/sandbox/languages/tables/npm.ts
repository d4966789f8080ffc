import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

export const npm: Language = {
  title: "Node",
  text: `\`buildNpmPackage\` builds a program with a build script, and runs \`npm test\` in \`checkPhase\`.`,
  tools: `npm runs the complete build script each time. Bundlers with a cache of their own (\`node_modules/.cache\`) find it
empty in a sandbox.`,
  file: "npm.nix",
  source: { sample: "npm" },
  edits: commonEdits({
    preCheck: {},
    "nativeCheckInputs, a package added": {},
    "doCheck, switched off": {},
    "doCheck, switched on": {},
    postBuild: {},
    postInstall: {},
    postFixup: {},
    "installShellFiles, removed": { nightly: true },
    "postPhases, a phase added": {},
  }),
};
