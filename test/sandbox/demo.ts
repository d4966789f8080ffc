// The program of `npm run demo`: builds a real package, edits it, builds it again, and compares the result with a clean
// build.

import { openStage, type Stage } from "./demo/stage.ts";
import { compareOutputs } from "./rig.ts";

/** The document that `--json` prints. */
export interface Demonstration {
  schema: 1;
  nix: string | null;
  sandbox: boolean;
  package: string;
  coldSeconds: number;
  restoredSeconds: number;
  cleanSeconds: number;
  restoredThrough: string | null;
  identical: boolean;
}

const edit = `mkdir -p $out/share; echo "edited" > $out/share/note; make $makeFlags install`;

const say = (text: string) => process.stderr.write(`${text}\n`);
const inSeconds = (milliseconds: number) => Math.round(milliseconds / 100) / 10;

/** Runs a build and prints its time and phasecache's messages. @throws Error with the end of the log when it fails */
async function timed(title: string, build: () => ReturnType<Stage["build"]>) {
  say(`\n${title}`);
  const begin = Date.now();
  const result = await build();
  const seconds = inSeconds(Date.now() - begin);
  if (!result.ok) throw new Error(`the build failed:\n${result.log.split("\n").slice(-30).join("\n")}`);
  for (const line of result.messages) say(`  phasecache: ${line}`);
  say(`  ${seconds} s`);
  return { result, seconds };
}

async function demonstrate(stage: Stage): Promise<Demonstration> {
  const cold = await timed("1. Build zstd's library with phaseCacheHook; the store is empty.", () =>
    stage.build(null, true),
  );
  const restored = await timed("2. Edit installPhase and build again.", () => stage.build(edit, true));
  const clean = await timed("3. Build the same without the store, for comparison.", () =>
    stage.build(edit, false),
  );
  const through = restored.result.messages
    .map((line) => /^restored \S+ through (\w+)/.exec(line)?.[1])
    .find(Boolean);
  const differences = compareOutputs(restored.result.outPaths, clean.result.outPaths);
  for (const line of differences.slice(0, 5)) say(`  differs: ${line}`);
  return {
    schema: 1,
    nix: stage.nix,
    sandbox: stage.sandbox,
    package: "zstd",
    coldSeconds: cold.seconds,
    restoredSeconds: restored.seconds,
    cleanSeconds: clean.seconds,
    restoredThrough: through ?? null,
    identical: differences.length === 0,
  };
}

function summary(shown: Demonstration): string {
  return [
    "",
    `first build      ${shown.coldSeconds} s`,
    `after the edit   ${shown.restoredSeconds} s, restored through ${shown.restoredThrough ?? "no phase"}`,
    `clean build      ${shown.cleanSeconds} s`,
    `identical: ${shown.identical ? "yes" : "no"}`,
    "",
    "Next steps: README.md explains how to set up phasecache for your own builds; pkgs-examples/ contains packages to try.",
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  await using stage = await openStage(say);
  const shown = await demonstrate(stage);
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(shown)}\n` : summary(shown));
  process.exitCode = shown.restoredThrough === "buildPhase" && shown.identical ? 0 : 1;
}

await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
