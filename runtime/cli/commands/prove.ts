import { prepareBuild, runBuild } from "../../build/build.ts";
import { defineCommand } from "../command.ts";
import { bundleFolder } from "../packaging.ts";
import { showSteps } from "../ui/build-screen.ts";
import { hideStore, showProofs } from "../ui/proofs.ts";

export const prove = defineCommand({
  command: "prove [arguments..]",
  describe:
    "Build, build again without the store, and compare the outputs; exits with status 4 if they differ",
  details: [
    "Nix compares the outputs, as with `nix build --rebuild`, while the store is left out of sandbox-paths: Nix must trust",
    "the user. If the outputs differ, a second build without the store shows whether the package is reproducible at all.",
    "Nix keeps the clean output as OUTPUT.check until it collects garbage; of several outputs it compares those up to the",
    "first that differs. `nix-build --check` and `nix build --rebuild` alone prove nothing about a package with the hook:",
    "the second build sees the store and is restored from the first.",
  ].join(" "),
  examples: [
    ["prove -f default.nix hello", "an attribute of a file"],
    ["prove .#hello", "an attribute of a flake"],
    ["--json prove .#hello | jq '.targets[].differences'", "which files differ, for programs"],
  ],
  arguments: {
    arguments: {
      type: "string",
      array: true,
      describe: "Arguments for `nix build`; phasecache's own options go before `prove`",
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
    // All outputs: Nix does not check a derivation with a missing output.
    const targets = prepared.targets.map((target) => ({ ...target, outputs: ["*"] }));
    const build = args.namesResult ? args.build : [...args.build, "--no-link"];
    const all = { ...prepared, targets, args: { ...args, build } };
    const status = await showSteps(watch, args.logs, (onSteps) => runBuild(all, onSteps));
    if (status === 0) await showProofs(all, hidden, json);
    else process.exitCode = failure(status);
  },
});

/** Returns 1 for any failure of Nix, but keeps a signal's status. */
const failure = (status: number) => (status > 128 ? status : 1);
