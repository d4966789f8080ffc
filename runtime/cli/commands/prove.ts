import { prepareBuild, runBuild } from "../../build/build.ts";
import { defineCommand } from "../command.ts";
import { bundleFolder } from "../packaging.ts";
import { showSteps } from "../ui/build-screen.ts";
import { hideStore, showProofs } from "../ui/proofs.ts";

export const prove = defineCommand({
  command: "prove [arguments..]",
  describe:
    "Build like `build`, build again without the store, and compare the outputs; status 4 when they differ",
  details:
    `Nix does the comparing, as for \`nix build --rebuild\`, with the store taken out of sandbox-paths: the
user must be one whom it trusts. If the outputs differ, a second build without the store tells whether the package is
reproducible at all. Nix leaves the clean output as OUTPUT.check until it collects garbage; of several outputs it
compares those up to the first that differs. \`nix-build --check\` and \`nix build --rebuild\` alone prove nothing of a
package with the hook: with the store in sight the second build is restored from the first.`.replaceAll(
      "\n",
      " ",
    ),
  examples: [
    ["prove -f default.nix hello", "an attribute of a file"],
    ["prove .#hello", "of a flake"],
    ["--json prove .#hello | jq '.targets[].differences'", "which files differ, for programs"],
  ],
  arguments: {
    arguments: {
      type: "string",
      array: true,
      describe: "What `nix build` takes; phasecache's own options come before `prove`",
    },
  },
  takesWords: true,
  handler: async ({ "--": words = [], json, store }) => {
    const prepared = await prepareBuild(words, bundleFolder);
    if (typeof prepared === "number") {
      process.exitCode = failure(prepared);
      return;
    }
    const hidden = hideStore(prepared, store);
    const { args, watch } = prepared;
    // All outputs: Nix checks no derivation of which one is missing.
    const targets = prepared.targets.map((target) => ({ ...target, outputs: ["*"] }));
    const build = args.namesResult ? args.build : [...args.build, "--no-link"];
    const all = { ...prepared, targets, args: { ...args, build } };
    const status = await showSteps(watch, args.logs, (onSteps) => runBuild(all, onSteps));
    if (status === 0) await showProofs(all, hidden, json);
    else process.exitCode = failure(status);
  },
});

/** Whatever kept Nix from building; a signal's status says that nothing failed by itself. */
const failure = (status: number) => (status > 128 ? status : 1);
