import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { isOptIn, type NixConfig } from "../nix/config.ts";
import { configFile, hasDaemon, type Installation } from "../nix/installation.ts";
import { formatSandboxPath, placeInSandbox } from "../nix/sandbox-paths.ts";
import { usualStore } from "../store/layout.ts";
import { PhaseCacheError, systemCode } from "../util/error.ts";

/** The Nix settings with which builds see a store. */
export interface Settings {
  /** The settings file. */
  file: string;
  /** Lines to add; none if builds already see the store. */
  lines: string[];
  /** The command that applies the change; null if none is needed. */
  restart: string | null;
}

const restartDaemon = "sudo systemctl restart nix-daemon";

/** Returns the settings that mount `directory` into builds, at the path where the hook looks for it. */
export function settingsFor(directory: string, config: NixConfig, installation: Installation): Settings {
  const needless =
    placeInSandbox(config.sandboxPaths, directory) !== null || (isOptIn(config) && config.preBuildHook);
  if (installation.kind === "nixos") {
    return {
      file: "configuration.nix",
      lines: needless ? [] : moduleLines(directory),
      restart: "sudo nixos-rebuild switch",
    };
  }
  // Optional, so that removing the store does not break builds.
  const entry = formatSandboxPath({ inside: usualStore, outside: directory, optional: true });
  const lines = [`extra-sandbox-paths = ${entry}`];
  return {
    file: configFile(installation),
    lines: needless ? [] : lines,
    restart: hasDaemon(config) ? restartDaemon : null,
  };
}

function moduleLines(directory: string): string[] {
  const other =
    directory === usualStore ? [] : [`programs.phasecache.cacheDir = ${JSON.stringify(directory)};`];
  return [
    "imports = [ /path/to/phasecache/nix/module.nix ];",
    "programs.phasecache.enable = true;",
    ...other,
  ];
}

/**
 * Appends lines to a settings file, and creates the file if it does not exist.
 * @throws PhaseCacheError `refused` if it cannot be written
 */
export function appendSettings(file: string, lines: readonly string[]): void {
  try {
    const isNew = !existsSync(file);
    if (isNew) mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    const before = isNew ? "" : readFileSync(file, "utf8");
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${gap}${lines.join("\n")}\n`);
    // Whatever the umask: all users' Nix commands read the file.
    if (isNew) chmodSync(file, 0o644);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new PhaseCacheError("refused", `cannot write to ${file}: ${(error as Error).message}`, {
      hint: isMadeByNix(file)
        ? "Nix generates this file: add the settings to its source"
        : "add the settings yourself, or run this as root",
      cause: error,
    });
  }
}

function isMadeByNix(file: string): boolean {
  return existsSync(file) && realpathSync(file).startsWith("/nix/store/");
}
