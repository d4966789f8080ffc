import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { isOptIn, type NixConfig } from "../nix/config.ts";
import { configFile, hasDaemon, type Installation } from "../nix/installation.ts";
import { formatSandboxPath, placeInSandbox } from "../nix/sandbox-paths.ts";
import { usualStore } from "../store/layout.ts";
import { PhaseCacheError, systemCode } from "../util/error.ts";

/** What Nix's settings need so that builds see a store. */
export interface Settings {
  /** The file that they belong in. */
  file: string;
  /** Lines of that file; none when builds see the store already. */
  lines: string[];
  /** What must be done after a change; null: nothing. */
  restart: string | null;
}

const restartDaemon = "sudo systemctl restart nix-daemon";

/** The lines that show `directory` to builds, at the place where the hook looks for it. */
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
  // A missing path is forgiven, so that removing a store breaks no build.
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
 * Adds lines to the end of a settings file, which is made if there is none.
 * @throws PhaseCacheError `refused` when it can't be written to
 */
export function appendSettings(file: string, lines: readonly string[]): void {
  try {
    const isNew = !existsSync(file);
    if (isNew) mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    const before = isNew ? "" : readFileSync(file, "utf8");
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${gap}${lines.join("\n")}\n`);
    // Whatever the umask: everybody's Nix reads it.
    if (isNew) chmodSync(file, 0o644);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new PhaseCacheError("refused", `${file} can't be written to: ${(error as Error).message}`, {
      hint: isMadeByNix(file)
        ? "it is made by Nix: add the lines to what it is made from"
        : "add the lines yourself, or run this as root",
      cause: error,
    });
  }
}

function isMadeByNix(file: string): boolean {
  return existsSync(file) && realpathSync(file).startsWith("/nix/store/");
}
