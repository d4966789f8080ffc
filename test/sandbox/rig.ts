import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "zx";
import { type BatchResult, buildBatch } from "./rig/batch.ts";
import { type BuildLog, parseLog } from "./rig/log.ts";
import { isBuilt, nix, type Places, physical, type RunningBuild, sandboxPaths } from "./rig/nix.ts";
import { compareOutputs, type OutPaths, outputsOf } from "./rig/outputs.ts";
import { createPlaces, removeTree } from "./rig/places.ts";
import { project } from "./rig/project.ts";
import { type BuildUsers, createBuildUsers } from "./rig/users.ts";

export type { RunningBuild };
export { compareOutputs };

export interface RigOptions {
  /** A nixpkgs checkout; null: the small stdenv. Default: `PHASECACHE_NIXPKGS`, else the small one. */
  readonly nixpkgs?: string | null;
  /** The folder in which `fetchurl` finds its tarballs. */
  readonly tarballs?: string;
  /** How many builds may run at the same time; four unless said. */
  readonly buildUsers?: number;
  /** Nix's settings for all that it does here, by name. */
  readonly settings?: Record<string, string>;
}

/** A Nix expression with `pkgs` in scope, or a file for `pkgs.callPackage` with its arguments and an attribute. */
export type Source = string | { readonly file: string; readonly args?: string; readonly attr?: string };

export interface BuildOptions {
  /** Whether the build sees phasecache's store; it does unless said. */
  readonly store?: boolean;
  /** Added to the environment of the Nix command. */
  readonly env?: Record<string, string>;
  /** Nix's settings, by name. */
  readonly settings?: Record<string, string>;
  /** Called when Nix has been started for the build itself. */
  readonly watch?: (running: RunningBuild) => void;
}

export interface BuildResult {
  readonly ok: boolean;
  readonly drvPath: string;
  /** How long Nix took for the build itself, what it depends on included when that was not built before. */
  readonly seconds: number;
  /** Everything that was printed. */
  readonly log: string;
  /** phasecache's lines, without `phasecache: `. */
  readonly messages: string[];
  /** The phases that ran. */
  readonly phases: string[];
  /** Where copies of the outputs lie, by output name. They stay when the derivation is built again. */
  readonly outPaths: OutPaths;
}

/** A private Nix store with a sandbox, and a private phasecache store. Gone when disposed of. */
export interface Rig extends AsyncDisposable {
  /** The folder that is phasecache's store, seen from outside. */
  readonly cache: string;
  /** What runs on this machine can't show, for want of root. */
  readonly leavesOut: string[];
  /** Builds a derivation, whether or not it was built before; what it depends on is built once. */
  build(source: Source, options?: BuildOptions): Promise<BuildResult>;
  /** Builds what a Nix expression with `pkgs` in scope lists, none of it built before, `jobs` at the same time. */
  buildAll(list: string, jobs: number): Promise<BatchResult>;
}

/** A string as a Nix literal. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\]|\$\{/g, "\\$&")}"`;
}

/** A path as a Nix literal; its file goes to the Nix store where it is used. */
export function nixPath(path: string): string {
  return `(/. + ${nixString(path)})`;
}

function expression(places: Places, options: RigOptions, source: Source): string {
  const { nixpkgs = process.env.PHASECACHE_NIXPKGS ?? null, tarballs } = options;
  const args = [
    `node = ${nixString(places.node)};`,
    nixpkgs ? `nixpkgs = ${nixPath(nixpkgs)};` : "",
    tarballs ? `tarballs = ${nixPath(tarballs)};` : "",
  ];
  const pkgs = `import ${nixPath(join(project, "test/sandbox/host-pkgs.nix"))} { ${args.join(" ")} }`;
  if (typeof source === "string") return `let pkgs = ${pkgs}; in ${source}`;
  const call = `(pkgs.callPackage ${nixPath(source.file)} (${source.args ?? "{ }"}))`;
  return `let pkgs = ${pkgs}; in ${call}${source.attr ? `.${source.attr}` : ""}`;
}

async function instantiate(places: Places, text: string): Promise<string> {
  const answer = await nix(places, "nix-instantiate", ["-E", text]);
  if (!answer.ok) throw new Error(`nix-instantiate failed:\n${answer.stderr}`);
  // Where the first output is not `out`, its name stands behind.
  return answer.stdout.trim().replace(/![^!]+$/, "");
}

/** Nix builds nothing whose outputs it has. */
async function forget(places: Places, outputs: OutPaths): Promise<void> {
  const built = Object.values(outputs).filter((path) => isBuilt(places, path));
  if (built.length === 0) return;
  const answer = await nix(places, "nix-store", ["--delete", "--ignore-liveness", ...built]);
  if (!answer.ok) throw new Error(`nix-store --delete failed:\n${answer.stderr}`);
}

async function keep(places: Places, outputs: OutPaths, folder: string): Promise<OutPaths> {
  mkdirSync(folder, { recursive: true });
  const paths = Object.values(outputs).map((path) => physical(places, path));
  await $({ quiet: true })`cp -a --reflink=auto ${paths} ${folder}`;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, path]) => [name, join(folder, path.split("/").at(-1)!)]),
  );
}

/** The outputs of a derivation whose paths depend on their contents, from what Nix prints: of `out` the name is shortest. */
function printedOutputs(stdout: string): OutPaths {
  const paths = stdout
    .trim()
    .split("\n")
    .sort((a, b) => a.length - b.length);
  return Object.fromEntries(paths.map((path) => [path.slice(paths[0]!.length + 1) || "out", path]));
}

async function buildOne(places: Places, text: string, number: number, options: BuildOptions) {
  const drvPath = await instantiate(places, text);
  const outputs = outputsOf(readFileSync(physical(places, drvPath), "utf8"));
  await forget(places, outputs);
  const paths = sandboxPaths(places, options.store ?? true);
  const settings = Object.entries({ "sandbox-paths": paths, ...options.settings });
  const flags = settings.flatMap(([name, value]) => ["--option", name, value]);
  const args = ["--realise", drvPath, "--log-format", "internal-json", ...flags];
  const begin = performance.now();
  const { ok, stdout, stderr } = await nix(places, "nix-store", args, options.env, options.watch);
  const seconds = (performance.now() - begin) / 1000;
  const { text: log, messages, phases }: BuildLog = parseLog(stderr, drvPath);
  const built = Object.keys(outputs).length > 0 ? outputs : printedOutputs(stdout);
  const outPaths = ok ? await keep(places, built, join(places.root, "results", String(number))) : {};
  return { ok, drvPath, seconds, log, messages, phases, outPaths };
}

/** What is not shown without root: everything that takes several build users. */
const withoutRoot = ["builds run as the calling user: sharing the store between build users is not tested"];

/** Makes a rig. With root, it makes build users of its own and removes them in the end. */
export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const isRoot = process.getuid!() === 0;
  const users: BuildUsers | undefined = isRoot ? createBuildUsers(options.buildUsers ?? 4) : undefined;
  const places = createPlaces(users, options.settings);
  let builds = 0;
  return {
    cache: places.cache,
    leavesOut: isRoot ? [] : withoutRoot,
    build: (source, how = {}) => buildOne(places, expression(places, options, source), ++builds, how),
    buildAll: (list, jobs) => buildBatch(places, expression(places, options, list), jobs),
    [Symbol.asyncDispose]: async () => {
      removeTree(places.root);
      users?.[Symbol.dispose]();
    },
  };
}
