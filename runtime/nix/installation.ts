import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { systemCode } from "../util/error.ts";
import type { NixConfig } from "./config.ts";

/** The kind of Nix installation. It decides who must be able to write the store, and where settings belong. */
export type Installation =
  /** `nix.conf` is generated from the system's configuration. */
  | { kind: "nixos"; group: string }
  /** Builds run as build users, the members of a group. */
  | { kind: "multi-user"; group: string }
  /** Builds run as the user who calls Nix. */
  | { kind: "single-user"; owner: number };

const stateDirectory = () => process.env.NIX_STATE_DIR || "/nix/var/nix";

export function findInstallation(config: NixConfig): Installation {
  const group = config.buildGroup;
  if (existsSync("/etc/NIXOS")) return { kind: "nixos", group: group ?? "nixbld" };
  const owner = ownerOf(config);
  // A user's own Nix may have a build group, too, but only root can run builds as other users.
  return group === null || owner !== 0 ? { kind: "single-user", owner } : { kind: "multi-user", group };
}

/** Returns the user who owns the state of this Nix. */
function ownerOf({ store }: NixConfig): number {
  const root = store.startsWith("/") ? store : store.startsWith("local?root=") ? store.slice(11) : "";
  for (const path of [join(root, stateDirectory()), "/nix/store"]) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined) return stat.uid;
  }
  return process.getuid?.() ?? 0;
}

function daemonSocket(): string {
  return process.env.NIX_DAEMON_SOCKET_PATH || join(stateDirectory(), "daemon-socket/socket");
}

/** Whether the builds of users go through a daemon. Also true when root asks, whose own builds need not. */
export function hasDaemon({ store }: NixConfig): boolean {
  if (store === "daemon" || store.startsWith("unix:")) return true;
  return store === "auto" && existsSync(daemonSocket());
}

/** Whether the calling user's builds go through a daemon, which checks `trusted-users`. */
export function goesThroughDaemon(config: NixConfig): boolean {
  return hasDaemon(config) && !(config.store === "auto" && canWriteState());
}

/** Returns environment variables with which a Nix command uses the daemon, as it does for other users. */
export function daemonEnvironment(config: NixConfig): Record<string, string> {
  return config.store === "auto" && hasDaemon(config) && canWriteState() ? { NIX_REMOTE: "daemon" } : {};
}

function canWriteState(): boolean {
  try {
    accessSync(stateDirectory(), constants.W_OK);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** Returns the path of the `nix.conf` to edit: the system's, or the user's own. */
export function configFile({ kind }: Installation): string {
  const system = join(process.env.NIX_CONF_DIR || "/etc/nix", "nix.conf");
  if (kind !== "single-user" || process.getuid?.() === 0) return customConfigFile(system) ?? system;
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "nix/nix.conf");
}

/** Returns the `nix.custom.conf` that Determinate Nix includes for the user's settings: it overwrites `nix.conf` itself. */
function customConfigFile(system: string): string | null {
  try {
    const included = /^!?include\s+(nix\.custom\.conf)\s*$/m.exec(readFileSync(system, "utf8"))?.[1];
    return included === undefined ? null : join(system, "..", included);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}
