import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, type Rig } from "./rig.ts";

const jobs = 8;
const rounds = process.env.PHASECACHE_NIGHTLY ? 9 : 5;
const eachRound = 24;

/**
 * A third of a round's builds differ only in an attribute that is excluded from keys; another third also differ in the last
 * phase; the last third are of other packages.
 */
function build(round: number, number: number): { expression: string; expected: string } {
  const kind = number % 3;
  const word = `word${kind === 2 ? `${round}.${number}` : round}`;
  const end = kind === 0 ? "same" : `end${round}.${number}`;
  const expression = `(package {
    pname = "${kind === 2 ? `own${number % 5}` : "shared"}"; salt = "${round}.${number}";
    postBuild = "echo ${word} >> built"; postInstall = "echo ${end} >> $out/built";
  })`;
  return { expression, expected: `built\n${word}\n${end}\n` };
}

const packages = `package = attributes: pkgs.stdenv.mkDerivation ({
  version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ]; phaseCacheIgnore = [ "salt" ];
  phases = [ "buildPhase" "installPhase" ];
  buildPhase = "echo built > built; head -c 20000 /dev/urandom > noise; runHook postBuild";
  installPhase = "mkdir $out; cp built $out; runHook postInstall";
} // attributes);`;

/** Runs the command repeatedly. Returns a function that stops the loop and returns the number of runs. */
function repeat(rig: Rig, ...args: string[]): () => Promise<number> {
  let stopped = false;
  const loop = async () => {
    let runs = 0;
    // Errors fail the test: the command must succeed while builds run.
    for (; !stopped; runs++) {
      await phasecache(rig, args);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return runs;
  };
  const running = loop();
  running.catch(() => {});
  return () => {
    stopped = true;
    return running;
  };
}

async function phasecache(rig: Rig, args: string[]): Promise<string> {
  const bundle = join(project, "dist/phasecache.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, ...args, "--store", rig.cache]);
  return stdout;
}

it(`${rounds * eachRound} builds, ${jobs} at a time, concurrently with gc, clear and verify`, async () => {
  await using rig = await createRig({ buildUsers: jobs + 1 });
  await rig.buildAll("[ pkgs.phaseCacheHook ]", 1);
  const loops: (() => Promise<number>)[] = [];
  let restored = 0;
  let warnings = 0;
  for (let round = 0; round < rounds; round++) {
    const builds = Array.from({ length: eachRound }, (_, number) => build(round, number));
    const list = `let ${packages} in [ ${builds.map(({ expression }) => expression).join(" ")} ]`;
    const result = await rig.buildAll(list, jobs);
    // The first builds create the store.
    if (round === 0) {
      loops.push(
        repeat(rig, "gc", "--max-size", "150K"),
        repeat(rig, "clear", "--all", "-y"),
        repeat(rig, "verify", "--read-data"),
      );
    }
    expect(result.ok, result.log).toBe(true);
    for (const [number, { expected }] of builds.entries()) {
      expect(readFileSync(join(result.outPaths[number]!.out!, "built"), "utf8")).toBe(expected);
    }
    restored += result.messages.filter((line) => line.startsWith("restored")).length;
    const others = result.messages.filter((line) => !/^(saved|restored|miss|no snapshots)/.test(line));
    warnings += others.length;
    for (const line of others)
      expect(line).toMatch(/removed a blob that it needs|is missing|snapshot \w+ no longer exists/);
  }
  const runs = await Promise.all(loops.map((stop) => stop()));
  expect(restored).toBeGreaterThan(rounds);
  expect(JSON.parse(await phasecache(rig, ["verify", "--read-data", "--json"]))).toMatchObject({
    problems: [],
  });
  console.log(
    `concurrency: ${rounds * eachRound} builds, ${restored} restored, ${warnings} lost a snapshot to another process; gc, clear and verify ran ${runs.join(", ")} times`,
  );
});
