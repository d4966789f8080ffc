// Surveys one package: builds it with the store, edits it from its last phase backwards, and compares every restored build
// with a clean one.

import { restoredThrough } from "../sandbox/rig/log.ts";
import { type BuildResult, compareOutputs, createRig, nixPath } from "../sandbox/rig.ts";
import { countHits, type Hits } from "./hits.ts";
import type { SurveyPackage } from "./packages.ts";
import { upstreamTarball } from "./sources.ts";

/** The edits, which are cumulative, and the phase through which the build after each edit should be restored. */
export const edits = [
  {
    name: "postInstall",
    attributes: `postInstall = "mkdir -p $out/share; echo edited > $out/share/note";`,
    through: "installPhase",
  },
  { name: "postFixup", attributes: `postFixup = "echo fixed > $out/share/note";`, through: "fixupPhase" },
  { name: "preBuild", attributes: `preBuild = "touch edited";`, through: "configurePhase" },
] as const;

/** The outcome of one edit. */
export interface Outcome {
  edit: string;
  through: string | null;
  /** Whether the build was restored through the expected phase. */
  deep: boolean;
  /** The differences from a clean build. */
  differences: string[];
  /** Whether two clean builds differ from each other, too. */
  unreproducible: boolean;
  /** phasecache's messages, without those about saving. */
  messages: string[];
}

/** The result of one package. */
export interface Result {
  source: string;
  builtBy: string;
  /** The end of the log when the package can't be built on this machine even without the store; else null. */
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

/** Surveys one package. @throws when Debian's mirror does not have the package, or a restored build fails */
export async function survey(pack: SurveyPackage): Promise<Result> {
  const { source, builtBy } = pack;
  const tarball = await upstreamTarball(source);
  // Each package has its own store, whose layers are then counted.
  await using rig = await createRig();
  const settings: Record<string, string> =
    pack.sandboxPath === undefined ? {} : { "extra-sandbox-paths": pack.sandboxPath };
  const build: Build = (text, store = true) => rig.build(text, { store, settings });
  const cold = await build(expression(pack, tarball, ""));
  if (!cold.ok) {
    const bare = await build(expression(pack, tarball, ""), false);
    if (bare.ok) throw new Error(`${source}: the build fails only with the store:\n${cold.log}`);
    const failed = bare.log.split("\n").slice(-15).join("\n");
    return { source, builtBy, failed, outcomes: [], hits: null };
  }
  const hits = countHits(rig.cache);
  const outcomes: Outcome[] = [];
  let edit = "";
  for (const { name, attributes, through } of edits) {
    edit += attributes;
    outcomes.push(await tryEdit(build, expression(pack, tarball, edit), name, through));
  }
  return { source, builtBy, failed: null, outcomes, hits };
}

/** Whether all builds were restored through the expected phase and are equal to clean ones. */
export function isGood({ failed, outcomes }: Result): boolean {
  return (
    failed === null &&
    outcomes.every(
      ({ deep, differences, unreproducible }) => deep && (differences.length === 0 || unreproducible),
    )
  );
}
