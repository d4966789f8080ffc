import { PhaseCacheError } from "../util/error.ts";
import { failureReason, newCommandLine, runNix } from "./command.ts";
import { formatSandboxPath } from "./sandbox-paths.ts";

/** Nix's settings, as far as they matter to phasecache. */
export interface NixConfig {
  sandbox: "on" | "off" | "relaxed";
  /** As nix.conf has them: `/inside=/outside?`. */
  sandboxPaths: readonly string[];
  /** Null: builds run as whoever calls Nix. */
  buildGroup: string | null;
  trustedUsers: readonly string[];
  /** False where Nix does not know the setting. */
  autoAllocateUids: boolean;
  systemFeatures: readonly string[];
  /** Whether a program may give single builds more sandbox paths. */
  preBuildHook: boolean;
  /** The store that builds go to: `auto`, `daemon`, a directory, … */
  store: string;
}

type Settings = Readonly<Record<string, { value?: unknown } | undefined>>;

/** Settings of the system alone: what a daemon knows before a user asks it for something. */
const systemOnly = { NIX_USER_CONF_FILES: "", NIX_CONFIG: "" };

/**
 * Asks Nix for its settings.
 * @param scope `system`: without the user's own files and environment
 * @throws PhaseCacheError `tool-failed`
 */
export function readNixConfig(scope: "user" | "system"): NixConfig {
  const env: Record<string, string> = scope === "system" ? systemOnly : {};
  // The second is what the command was called up to Nix 2.19.
  for (const command of [["config", "show"], ["show-config"]]) {
    const outcome = runNix("nix", [...newCommandLine, ...command, "--json"], env);
    if (outcome.status === 0) return parseNixConfig(outcome.stdout);
    if (command.length === 1) {
      const hint = "`nix show-config` must work: look at nix.conf";
      throw new PhaseCacheError("tool-failed", `Nix does not tell its settings: ${failureReason(outcome)}`, {
        hint,
      });
    }
  }
  throw new Error("unreachable");
}

/**
 * Reads what `nix config show --json` prints. Lists of paths are arrays of entries as nix.conf has them, and from Nix 2.32
 * or so on maps of what the sandbox shows: `{"/inside": {"source": "/outside", "optional": true}}`.
 */
export function parseNixConfig(json: string): NixConfig {
  const settings = JSON.parse(json) as Settings;
  const text = (name: string) => String(settings[name]?.value ?? "");
  const list = (name: string) => {
    const value = settings[name]?.value;
    return Array.isArray(value) ? value.map(String) : [];
  };
  const sandbox = settings.sandbox?.value;
  return {
    sandbox: sandbox === true ? "on" : sandbox === "relaxed" ? "relaxed" : "off",
    sandboxPaths: toSandboxPaths(settings["sandbox-paths"]?.value),
    buildGroup: text("build-users-group") || null,
    trustedUsers: list("trusted-users"),
    autoAllocateUids: settings["auto-allocate-uids"]?.value === true,
    systemFeatures: list("system-features"),
    preBuildHook: text("pre-build-hook") !== "",
    store: text("store") || "auto",
  };
}

function toSandboxPaths(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Record<string, { source?: string; optional?: boolean }>).map(
    ([inside, { source = inside, optional = false }]) =>
      formatSandboxPath({ inside, outside: source, optional }),
  );
}

/** Among `systemFeatures`, where only builds that ask for it see the store. */
export const optInFeature = "phase-cache";

/** Whether builds see the store only if they ask for it. */
export function isOptIn({ systemFeatures }: NixConfig): boolean {
  return systemFeatures.includes(optInFeature);
}
