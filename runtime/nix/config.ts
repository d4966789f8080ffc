import { PhaseCacheError } from "../util/error.ts";
import { failureReason, newCommandLine, runNix } from "./command.ts";
import { formatSandboxPath } from "./sandbox-paths.ts";

/** Nix's settings, as far as phasecache uses them. */
export interface NixConfig {
  sandbox: "on" | "off" | "relaxed";
  /** In the form of nix.conf: `/inside=/outside?`. */
  sandboxPaths: readonly string[];
  /** Null when builds run as the user who calls Nix. */
  buildGroup: string | null;
  trustedUsers: readonly string[];
  /** False also where Nix does not have the setting. */
  autoAllocateUids: boolean;
  systemFeatures: readonly string[];
  /** Whether a `pre-build-hook` is set, a program that can add sandbox paths to single builds. */
  preBuildHook: boolean;
  /** The Nix store that builds use: `auto`, `daemon`, a directory, … */
  store: string;
}

type Settings = Readonly<Record<string, { value?: unknown } | undefined>>;

/** The environment in which Nix reads the system's settings alone, as the daemon does. */
const systemOnly = { NIX_USER_CONF_FILES: "", NIX_CONFIG: "" };

/**
 * Asks Nix for its settings.
 * @param scope `system` leaves out the user's own files and environment
 * @throws PhaseCacheError `tool-failed`
 */
export function readNixConfig(scope: "user" | "system"): NixConfig {
  const env: Record<string, string> = scope === "system" ? systemOnly : {};
  // Up to Nix 2.19 the command was `show-config`.
  for (const command of [["config", "show"], ["show-config"]]) {
    const outcome = runNix("nix", [...newCommandLine, ...command, "--json"], env);
    if (outcome.status === 0) return parseNixConfig(outcome.stdout);
    if (command.length === 1) {
      const hint = "`nix show-config` must work: check nix.conf";
      throw new PhaseCacheError("tool-failed", `can't read Nix's settings: ${failureReason(outcome)}`, {
        hint,
      });
    }
  }
  throw new Error("unreachable");
}

/**
 * Parses the output of `nix config show --json`. `sandbox-paths` is an array of entries in the form of nix.conf, and since
 * about Nix 2.32 a map by the path in the sandbox: `{"/inside": {"source": "/outside", "optional": true}}`.
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

/** The system feature that a build requires to see the store, where that is opt-in. */
export const optInFeature = "phase-cache";

/** Whether builds see the store only if they require `optInFeature`. */
export function isOptIn({ systemFeatures }: NixConfig): boolean {
  return systemFeatures.includes(optInFeature);
}
