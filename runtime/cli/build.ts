import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Prepared, prepareBuild, runBuild } from "../build/build.ts";
import type { Target } from "../build/evaluate.ts";
import type { Step } from "../build/steps.ts";
import { formatDuration } from "../util/time.ts";
import { BuildView, type Screen } from "./build-view.ts";
import { defineCommand, type Globals, printDocument, warn } from "./command.ts";
import { isQuiet, showsColor } from "./output.ts";
import { counted } from "./removals.ts";

export const build = defineCommand<Globals>({
  command: "build [arguments..]",
  describe: "Build with phaseCacheHook added from outside, as `nix build` would; its exit status is Nix's",
  examples: [
    ["build -f default.nix hello", "an attribute of a file"],
    ["build .#hello --no-link", "of a flake"],
    ["build -E 'with import <nixpkgs> { }; hello'", "of an expression"],
  ],
  builder: (parser) =>
    parser.positional("arguments", {
      type: "string",
      array: true,
      describe: "What `nix build` takes; phasecache's own options come before `build`",
    }),
  takesWords: true,
  handler: async ({ "--": words = [], json }) => {
    const prepared = await prepareBuild(words, dirname(fileURLToPath(import.meta.url)));
    if (typeof prepared === "number") {
      process.exitCode = prepared;
      return;
    }
    const status = await showBuild(prepared);
    process.exitCode = status;
    if (json) printDocument(toDocument(prepared));
    else sayWhatItSaved(prepared, status);
  },
});

/** Keeps what is meant for Nix from being read as phasecache's own options: everything behind `build`. */
export function keepForNix(args: readonly string[]): string[] {
  const at = args.findIndex(
    (word, index) => !word.startsWith("-") && !["--store", "--color"].includes(args[index - 1] ?? ""),
  );
  const isHelp = args.slice(at + 1).includes("--help");
  return args[at] === "build" && !isHelp
    ? [...args.slice(0, at + 1), "--", ...args.slice(at + 1)]
    : [...args];
}

const redrawEvery = 200;

async function showBuild(prepared: Prepared): Promise<number> {
  const view = new BuildView(standardError(), prepared.watch, prepared.args.logs);
  const clock = setInterval(() => view.draw(Date.now()), redrawEvery);
  try {
    return await runBuild(prepared, (steps) =>
      view.show(isQuiet() ? steps.filter(({ kind }) => ofNix.includes(kind)) : steps, Date.now()),
    );
  } finally {
    clearInterval(clock);
    view.clear();
  }
}

/** Steps that are Nix's own words: with `--quiet` only these are shown. */
const ofNix: readonly Step["kind"][] = ["nix", "tail", "log"];

function standardError(): Screen {
  const isLive = process.stderr.isTTY && process.env.TERM !== "dumb" && !isQuiet();
  return {
    write: (text) => process.stderr.write(text),
    columns: () => (isLive ? process.stderr.columns || 80 : null),
    colours: showsColor(process.stderr),
  };
}

function sayWhatItSaved({ watch, targets }: Prepared, status: number): void {
  const total = [...watch.saved.values()].reduce((sum, milliseconds) => sum + milliseconds, 0);
  if (watch.saved.size > 0) warn(`${formatDuration(total)} saved`);
  else if (watch.snapshots > 0)
    warn(`no time saved; ${counted(watch.snapshots, "phase")} saved for the next build`);
  else if (watch.begun > 0) sayWhyNothingWasSaved(targets, status);
  else if (status === 0)
    warn(`nothing to build: ${targets.length === 1 ? "it is" : "they are"} there already`);
}

const obstacles = {
  "no-phases":
    "it is one command (buildCommand, as of runCommand and writeText) without phases; `nix build` builds it as well",
  "nested-inputs":
    "of nativeBuildInputs with a list in it bash gets nothing with __structuredAttrs: make it one list (lib.flatten)",
} as const;

function sayWhyNothingWasSaved(targets: readonly Target[], status: number): void {
  const known = targets.filter(({ obstacle }) => obstacle !== null);
  for (const { name, obstacle } of known) warn(`no phase of ${name} can be saved: ${obstacles[obstacle!]}`);
  if (known.length > 0) return;
  if (status === 0)
    warn("no phase was saved: see above; `phasecache doctor` looks for what keeps builds from it");
  else warn("no phase was saved");
}

/** Milliseconds saved, of all and of each target that something was restored for. */
function toDocument({ watch, targets }: Prepared) {
  const list = targets.map(({ name, drvPath, outputs }) => ({
    name,
    drvPath,
    outputs,
    saved: Math.round(watch.saved.get(name) ?? 0),
  }));
  return { targets: list, begun: watch.begun, snapshots: watch.snapshots };
}
