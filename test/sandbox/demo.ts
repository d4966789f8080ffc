// What `npm run demo` shows: a real package, built, edited, built again, and compared with a clean build.

import { openStage, type Stage } from "./demo/stage.ts";
import { compareOutputs } from "./rig.ts";

/** What `--json` prints. */
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

/** One build with its time in seconds; what phasecache said is shown. Throws with the log's end when it fails. */
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
  const clean = await timed("3. The same without the store, to compare.", () => stage.build(edit, false));
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
    "From here: README.md says how to set phasecache up for your own builds; pkgs-examples/ has packages to try.",
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
