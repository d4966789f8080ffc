// What `npm run survey` runs: packages of Debian's that phasecache was not written for, each edited from its last phase
// backwards, and every restored build compared with a clean one.

import { parseArgs } from "node:util";
import { restoredThrough } from "../sandbox/rig/log.ts";
import { type BuildResult, compareOutputs, createRig, nixPath } from "../sandbox/rig.ts";
import { countHits, type Hits } from "./hits.ts";
import { packages, type SurveyPackage } from "./packages.ts";
import { upstreamTarball } from "./sources.ts";
import { formatTable } from "./table.ts";

const help = `npm run survey -- [--json] [--only SOURCE]...
Builds packages of Debian's, edits each three times, and compares every restored build with a clean one. Prints a table in
Markdown. PHASECACHE_NIXPKGS names a nixpkgs checkout whose stdenv is then used.
EXIT STATUS: 0 all restored as deep as can be and equal, 1 not, 2 usage
`;

/** The edits, each with those before it, and through which phase a build after it is restored. */
export const edits = [
  {
    name: "postInstall",
    attributes: `postInstall = "mkdir -p $out/share; echo edited > $out/share/note";`,
    through: "buildPhase",
  },
  { name: "postFixup", attributes: `postFixup = "echo fixed > $out/share/note";`, through: "installPhase" },
  { name: "preBuild", attributes: `preBuild = "touch edited";`, through: "configurePhase" },
] as const;

/** What became of one edit. */
export interface Outcome {
  edit: string;
  through: string | null;
  /** Whether that is as deep as it can be. */
  deep: boolean;
  /** Differences from a clean build. */
  differences: string[];
  /** Clean builds differ from each other, too. */
  unreproducible: boolean;
  /** phasecache's lines, without those that say what was saved. */
  messages: string[];
}

/** What became of one package. */
export interface Result {
  source: string;
  builtBy: string;
  /** The end of the log of a build that failed without the store; else null. */
  failed: string | null;
  outcomes: Outcome[];
  hits: Hits | null;
}

function expression({ source, attributes, inputs = "" }: SurveyPackage, tarball: string, edit: string) {
  const name = source.replace(/[^a-z0-9-]/g, "-");
  return `(let old = { ${attributes} }; in pkgs.stdenv.mkDerivation ({
    pname = "${name}"; version = "1"; src = ${nixPath(tarball)};
    nativeBuildInputs = [ pkgs.phaseCacheHook ${inputs} ];
  } // old // { ${edit} }))`;
}

type Build = (text: string, store?: boolean) => Promise<BuildResult>;

async function tryEdit(build: Build, text: string, name: string, deepest: string): Promise<Outcome> {
  const restored = await build(text);
  if (!restored.ok) throw new Error(`${name}: the restored build failed:\n${restored.log}`);
  const through = restoredThrough(restored.messages);
  const clean = await build(text, false);
  const differences = compareOutputs(restored.outPaths, clean.outPaths);
  const again = differences.length > 0 ? await build(text, false) : clean;
  return {
    edit: name,
    through,
    deep: through === deepest,
    differences,
    unreproducible: compareOutputs(clean.outPaths, again.outPaths).length > 0,
    messages: restored.messages.filter((line) => !line.startsWith("saved")),
  };
}

async function survey(pack: SurveyPackage): Promise<Result> {
  const { source, builtBy } = pack;
  const tarball = await upstreamTarball(source);
  // Each has a store of its own, whose layers are then counted.
  await using rig = await createRig();
  const settings: Record<string, string> =
    pack.sandboxPath === undefined ? {} : { "extra-sandbox-paths": pack.sandboxPath };
  const build: Build = (text, store = true) => rig.build(text, { store, settings });
  const cold = await build(expression(pack, tarball, ""));
  if (!cold.ok)
    return { source, builtBy, failed: cold.log.split("\n").slice(-15).join("\n"), outcomes: [], hits: null };
  const hits = countHits(rig.cache);
  const outcomes: Outcome[] = [];
  let edit = "";
  for (const { name, attributes, through } of edits) {
    edit += attributes;
    outcomes.push(await tryEdit(build, expression(pack, tarball, edit), name, through));
  }
  return { source, builtBy, failed: null, outcomes, hits };
}

function isGood({ failed, outcomes }: Result): boolean {
  return (
    failed === null &&
    outcomes.every(
      ({ deep, differences, unreproducible }) => deep && (differences.length === 0 || unreproducible),
    )
  );
}

async function main(): Promise<number> {
  const options = {
    json: { type: "boolean" },
    only: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const wanted = packages.filter(({ source }) => values.only?.includes(source) ?? true);
  if (wanted.length === 0) throw new TypeError(`there is no such package\n${help}`);
  const results: Result[] = [];
  for (const pack of wanted) {
    const result = await survey(pack);
    results.push(result);
    process.stderr.write(`${pack.source}: ${isGood(result) ? "good" : JSON.stringify(result, null, 2)}\n`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : formatTable(results));
  return results.every(isGood) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // parseArgs reports what it does not know as a TypeError.
  const usage = error instanceof TypeError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
