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
  /** A nixpkgs checkout; null for the small stdenv. Default: `PHASECACHE_NIXPKGS`, or the small stdenv if it is not set. */
  readonly nixpkgs?: string | null;
  /** The folder with the tarballs for `fetchurl`. */
  readonly tarballs?: string;
  /** The number of builds that may run at the same time. Default: 4. */
  readonly buildUsers?: number;
  /** Nix settings for all commands, by name. */
  readonly settings?: Record<string, string>;
}

/** A Nix expression with `pkgs` in scope, or a file for `pkgs.callPackage` with its arguments and an attribute. */
export type Source = string | { readonly file: string; readonly args?: string; readonly attr?: string };

export interface BuildOptions {
  /** Whether the build sees phasecache's store. Default: true. */
  readonly store?: boolean;
  /** The Node that the hook starts. Default: the one that runs the tests. */
  readonly node?: string;
  /** Added to the environment of the Nix command. */
  readonly env?: Record<string, string>;
  /** Nix settings, by name. */
  readonly settings?: Record<string, string>;
  /** Called when Nix has been started for the build. */
  readonly watch?: (running: RunningBuild) => void;
}

export interface BuildResult {
  readonly ok: boolean;
  readonly drvPath: string;
  /** The time that Nix took for the build, including dependencies that were not built before. */
  readonly seconds: number;
  /** The complete log. */
  readonly log: string;
  /** phasecache's messages, without `phasecache: `. */
  readonly messages: string[];
  /** The phases that ran. */
  readonly phases: string[];
  /** The paths of copies of the outputs, by output name. They are kept when the derivation is built again. */
  readonly outPaths: OutPaths;
}

/** A private Nix store with a sandbox, and a private phasecache store. Disposing removes both. */
export interface Rig extends AsyncDisposable {
  /** The path of phasecache's store outside the sandbox. */
  readonly cache: string;
  /** The limitations of a run without root, as messages. */
  readonly limitations: string[];
  /** Builds a derivation, also when it was built before. Its dependencies are built once. */
  build(source: Source, options?: BuildOptions): Promise<BuildResult>;
  /** Builds a list of derivations that were not built before, `jobs` at the same time. `pkgs` is in scope. */
  buildAll(list: string, jobs: number): Promise<BatchResult>;
}

/** A string as a Nix literal. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\]|\$\{/g, "\\$&")}"`;
}

/** A path as a Nix literal. Nix copies its file to the store where it is used. */
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
  // If the first output is not `out`, its name is appended.
  return answer.stdout.trim().replace(/![^!]+$/, "");
}

/** Deletes outputs, because Nix does not build a derivation whose outputs exist. */
async function deleteOutputs(places: Places, outputs: OutPaths): Promise<void> {
  const built = Object.values(outputs).filter((path) => isBuilt(places, path));
  if (built.length === 0) return;
  const answer = await nix(places, "nix-store", ["--delete", "--ignore-liveness", ...built]);
  if (!answer.ok) throw new Error(`nix-store --delete failed:\n${answer.stderr}`);
}

async function copyOutputs(places: Places, outputs: OutPaths, folder: string): Promise<OutPaths> {
  mkdirSync(folder, { recursive: true });
  const paths = Object.values(outputs).map((path) => physical(places, path));
  await $({ quiet: true })`cp -a --reflink=auto ${paths} ${folder}`;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, path]) => [name, join(folder, path.split("/").at(-1)!)]),
  );
}

/** The outputs of a content-addressed derivation, from the paths that Nix prints. The shortest is that of `out`. */
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
  await deleteOutputs(places, outputs);
  const paths = sandboxPaths(places, options.store ?? true);
  const settings = Object.entries({ "sandbox-paths": paths, ...options.settings });
  const flags = settings.flatMap(([name, value]) => ["--option", name, value]);
  const args = ["--realise", drvPath, "--log-format", "internal-json", ...flags];
  const begin = performance.now();
  const { ok, stdout, stderr } = await nix(places, "nix-store", args, options.env, options.watch);
  const seconds = (performance.now() - begin) / 1000;
  const { text: log, messages, phases }: BuildLog = parseLog(stderr, drvPath);
  const built = Object.keys(outputs).length > 0 ? outputs : printedOutputs(stdout);
  const outPaths = ok ? await copyOutputs(places, built, join(places.root, "results", String(number))) : {};
  return { ok, drvPath, seconds, log, messages, phases, outPaths };
}

/** Without root there are no build users. */
const withoutRoot = ["builds run as the calling user: sharing the store between build users is not tested"];

/** Creates a rig. As root, creates build users for it, which disposing removes. */
export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const isRoot = process.getuid!() === 0;
  const users: BuildUsers | undefined = isRoot ? createBuildUsers(options.buildUsers ?? 4) : undefined;
  const places = createPlaces(users, options.settings);
  let builds = 0;
  return {
    cache: places.cache,
    limitations: isRoot ? [] : withoutRoot,
    build: (source, how = {}) => {
      const own = { ...places, node: how.node ?? places.node };
      return buildOne(own, expression(own, options, source), ++builds, how);
    },
    buildAll: (list, jobs) => buildBatch(places, expression(places, options, list), jobs),
    [Symbol.asyncDispose]: async () => {
      removeTree(places.root);
      users?.[Symbol.dispose]();
    },
  };
}
