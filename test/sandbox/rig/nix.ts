import type { StdioOptions } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { $ } from "zx";

/** The store's path in the sandbox. */
export const storeInSandbox = "/var/cache/phasecache";

/** The paths of a rig. */
export interface Places {
  /** The folder that contains everything else. It is removed with the rig. */
  readonly root: string;
  /** The root of the private Nix store, whose paths are in `<nixRoot>/nix/store`. */
  readonly nixRoot: string;
  /** phasecache's store. */
  readonly cache: string;
  readonly node: string;
  readonly buildGroup: string | undefined;
}

export interface NixResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

// A path with a trailing `?` may be missing. Debian's cc and awk are symlinks to /etc/alternatives.
const hostPaths = ["/bin", "/usr", "/lib", "/lib64?", "/etc/alternatives?"];

/** The `sandbox-paths` of a build: the host's tools, Node, and the store if `store` is true. */
export function sandboxPaths(places: Places, store: boolean): string {
  const nodePrefix = dirname(dirname(places.node));
  const paths = nodePrefix.split(sep)[1] === "usr" ? hostPaths : [...hostPaths, nodePrefix];
  return (store ? [...paths, `${storeInSandbox}=${places.cache}`] : paths).join(" ");
}

export function writeConfiguration(places: Places, settings: Readonly<Record<string, string>>): void {
  const lines = [
    `store = ${places.nixRoot}`,
    `build-users-group = ${places.buildGroup ?? ""}`,
    "sandbox = true",
    "sandbox-fallback = false",
    "substitute = false",
    "cores = 2",
    "max-jobs = 1",
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
  ];
  mkdirSync(join(places.root, "etc"));
  writeFileSync(join(places.root, "etc/nix.conf"), `${lines.join("\n")}\n`);
}

/** PATH with the Nix to test. */
export function searchPath(): string {
  return [process.env.PHASECACHE_NIX_BIN, process.env.PATH, "/usr/sbin", "/sbin"].filter(Boolean).join(":");
}

/** The environment of all Nix commands. Excludes the user's own Nix configuration. */
export function environment(places: Places): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NIX_|XDG_)/.test(name));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PATH: searchPath(),
    HOME: places.root,
    NIX_CONF_DIR: join(places.root, "etc"),
    NIX_USER_CONF_FILES: "",
  };
}

/** A running Nix command. */
export interface RunningBuild {
  /** The process ID of the command, whose children are the builders. */
  readonly pid: number;
  /** Returns the number of lines that it has printed to standard error. */
  readonly lines: () => number;
  readonly hasEnded: () => boolean;
}

/** Runs a Nix command with the rig's store. Calls `watch` once the command has been started. */
export async function nix(
  places: Places,
  command: string,
  args: string[],
  env: Record<string, string> = {},
  watch: (running: RunningBuild) => void = () => {},
): Promise<NixResult> {
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  const shell = $({ env: { ...environment(places), ...env }, quiet: true, nothrow: true, stdio });
  const run = shell`exec ${command} ${args}`;
  let lines = 0;
  let ended = false;
  run.stderr.on("data", (data: Buffer) => {
    for (const byte of data) if (byte === 0x0a) lines++;
  });
  watch({ pid: run.pid!, lines: () => lines, hasEnded: () => ended });
  const { exitCode, stdout, stderr } = await run;
  ended = true;
  return { ok: exitCode === 0, stdout, stderr };
}

/** The location on disk of a path of the rig's Nix store. */
export function physical(places: Places, storePath: string): string {
  return join(places.nixRoot, storePath);
}

export function isBuilt(places: Places, storePath: string): boolean {
  return existsSync(physical(places, storePath));
}
