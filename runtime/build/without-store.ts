import { existsSync, realpathSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type NixConfig, readNixConfig } from "../nix/config.ts";
import { isTrusted } from "../nix/groups.ts";
import { goesThroughDaemon } from "../nix/installation.ts";
import { parseSandboxPath, placeInSandbox } from "../nix/sandbox-paths.ts";
import { PhaseCacheError } from "../util/error.ts";

/**
 * Returns Nix options that hide a store from builds.
 * @param store the store's directory
 * @param inside the paths at which builds look for a store
 * @throws PhaseCacheError `refused` if it cannot be hidden: without a sandbox, or if the daemon does not trust the user
 */
export function optionsWithoutStore(store: string, inside: readonly string[]): string[] {
  const config = readNixConfig("user");
  if (goesThroughDaemon(config) && !isTrusted(readNixConfig("system").trustedUsers)) throw untrusted();
  return hidingOptions(config, store, inside);
}

/** The same for given settings, which the user may change. */
export function hidingOptions(config: NixConfig, store: string, inside: readonly string[]): string[] {
  if (config.sandbox === "off")
    throw new PhaseCacheError(
      "refused",
      "builds run without a sandbox: the store cannot be hidden from them",
      {
        hint: "set `sandbox = true` in nix.conf",
      },
    );
  const entries = config.sandboxPaths.filter((entry) => !isStore(entry, store, inside));
  const above = entries.find((entry) => placeInSandbox([entry], store) !== null);
  if (above !== undefined)
    throw new PhaseCacheError(
      "refused",
      `the sandbox-paths entry ${above} exposes the store among other files`,
      {
        hint: `list ${store} itself, so that it can be left out alone`,
      },
    );
  // The hook may mount a store that is not in sandbox-paths.
  const hook = config.preBuildHook && entries.length === config.sandboxPaths.length;
  return [
    ...["--option", "sandbox-paths", entries.join(" ")],
    ...(hook ? ["--option", "pre-build-hook", ""] : []),
  ];
}

function untrusted(): PhaseCacheError {
  return new PhaseCacheError(
    "refused",
    "the Nix daemon does not trust you: it would ignore the option that hides the store",
    { hint: "run this with sudo, or add yourself to trusted-users in nix.conf" },
  );
}

function isStore(entry: string, store: string, inside: readonly string[]): boolean {
  const { inside: seen, outside } = parseSandboxPath(entry);
  const below = relative(real(store), real(outside));
  return !below.startsWith("..") || inside.includes(resolve(seen));
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}
