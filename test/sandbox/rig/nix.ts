import type { StdioOptions } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { $ } from "zx";

/** The store's place inside the sandbox. */
export const storeInSandbox = "/var/cache/phasecache";

/** What a rig is made of. */
export interface Places {
  /** The folder that holds everything else; it goes away with the rig. */
  readonly root: string;
  /** The private Nix store: its paths lie in `<nixRoot>/nix/store`. */
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

// A trailing `?` forgives a path that does not exist. /etc/alternatives is what Debian's cc and awk lead to.
const hostPaths = ["/bin", "/usr", "/lib", "/lib64?", "/etc/alternatives?"];

/** The `sandbox-paths` of a build: the host's tools, Node, and the store if `store` is set. */
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

/** The environment of every Nix command: nothing of the user's own Nix set-up reaches it. */
export function environment(places: Places): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NIX_|XDG_)/.test(name));
  const programs = process.env.PHASECACHE_NIX_BIN;
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PATH: [programs, process.env.PATH, "/usr/sbin", "/sbin"].filter(Boolean).join(":"),
    HOME: places.root,
    NIX_CONF_DIR: join(places.root, "etc"),
    NIX_USER_CONF_FILES: "",
  };
}

/** A Nix command that has not come to its end yet. */
export interface RunningBuild {
  /** The command's own; the builders are its children. */
  readonly pid: number;
  /** How many lines it has printed to standard error. */
  readonly lines: () => number;
  readonly over: () => boolean;
}

/** Runs a Nix command against the rig's store; `watch` is called once it has been started. */
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
  let over = false;
  run.stderr.on("data", (data: Buffer) => {
    for (const byte of data) if (byte === 0x0a) lines++;
  });
  watch({ pid: run.pid!, lines: () => lines, over: () => over });
  const { exitCode, stdout, stderr } = await run;
  over = true;
  return { ok: exitCode === 0, stdout, stderr };
}

/** Where a path of the rig's Nix store lies on the disk. */
export function physical(places: Places, storePath: string): string {
  return join(places.nixRoot, storePath);
}

export function isBuilt(places: Places, storePath: string): boolean {
  return existsSync(physical(places, storePath));
}
