import { type Prepared, prepareBuild, runBuild } from "../../build/build.ts";
import type { Target } from "../../build/evaluate.ts";
import { formatDuration } from "../../util/time.ts";
import { defineCommand } from "../command.ts";
import { bundleFolder } from "../packaging.ts";
import { showSteps } from "../ui/build-screen.ts";
import { printDocument, warn } from "../ui/output.ts";
import { hideStore, showProofs } from "../ui/proofs.ts";
import { counted } from "../ui/removals.ts";

export const build = defineCommand({
  command: "build [arguments..]",
  describe: "Build like `nix build`, with phaseCacheHook added; exits with Nix's status",
  examples: [
    ["build -f default.nix hello", "an attribute of a file"],
    ["build .#hello --no-link", "an attribute of a flake"],
    ["build --prove .#hello", "build, and compare with a build without the store"],
    ["build -E 'with import <nixpkgs> { }; hello'", "an expression"],
  ],
  arguments: {
    arguments: {
      type: "string",
      array: true,
      describe: "Arguments for `nix build`; phasecache's own options go before `build`",
    },
  },
  options: {
    prove: {
      type: "boolean",
      default: false,
      describe: "Then compare with a clean build, and print the result as `phasecache prove` does",
    },
  },
  takesWords: true,
  handler: async ({ "--": words = [], json, prove, store }) => {
    const prepared = await prepareBuild(words, bundleFolder);
    if (typeof prepared === "number") {
      process.exitCode = prepared;
      return;
    }
    const hidden = prove ? hideStore(prepared, store) : null;
    const status = await showSteps(prepared.watch, prepared.args.logs, (onSteps) =>
      runBuild(prepared, onSteps),
    );
    process.exitCode = status;
    if (json && hidden === null) printDocument(toDocument(prepared));
    else reportSavings(prepared, status);
    if (hidden !== null && status === 0) await showProofs(prepared, hidden, json);
  },
});

/**
 * Inserts `--` so that yargs does not parse Nix's options: all arguments after `build` and `prove`, except
 * `build --prove`.
 */
export function keepForNix(args: readonly string[]): string[] {
  const at = args.findIndex(
    (word, index) => !word.startsWith("-") && !["--store", "--color"].includes(args[index - 1] ?? ""),
  );
  const command = args[at];
  const rest = args.slice(at + 1);
  if (!["build", "prove"].includes(command ?? "") || rest.includes("--help")) return [...args];
  const own = command === "build" && rest.includes("--prove") ? ["--prove"] : [];
  return [...args.slice(0, at + 1), ...own, "--", ...rest.filter((word) => !own.includes(word))];
}

function reportSavings({ watch, targets }: Prepared, status: number): void {
  const total = [...watch.saved.values()].reduce((sum, milliseconds) => sum + milliseconds, 0);
  if (watch.saved.size > 0) warn(`${formatDuration(total)} saved`);
  else if (watch.snapshots > 0)
    warn(`no time saved; ${counted(watch.snapshots, "phase")} saved for the next build`);
  else if (watch.begun > 0) explainNothingSaved(targets, status);
  else if (status === 0)
    warn(`nothing to build: ${targets.length === 1 ? "it is" : "they are"} already built`);
}

const obstacles = {
  "no-phases":
    "it runs one command instead of phases (buildCommand, as in runCommand and writeText); use `nix build`",
  "nested-inputs":
    "with __structuredAttrs, bash gets no nativeBuildInputs that contain a nested list; use lib.flatten",
} as const;

function explainNothingSaved(targets: readonly Target[], status: number): void {
  const known = targets.filter(({ obstacle }) => obstacle !== null);
  for (const { name, obstacle } of known) warn(`no phase of ${name} can be saved: ${obstacles[obstacle!]}`);
  if (known.length > 0) return;
  if (status === 0) warn("no phase was saved: see the messages above, or run `phasecache doctor`");
  else warn("no phase was saved");
}

/** `saved` is milliseconds. */
function toDocument({ watch, targets }: Prepared) {
  const list = targets.map(({ name, drvPath, outputs }) => ({
    name,
    drvPath,
    outputs,
    saved: Math.round(watch.saved.get(name) ?? 0),
  }));
  return { targets: list, begun: watch.begun, snapshots: watch.snapshots };
}
