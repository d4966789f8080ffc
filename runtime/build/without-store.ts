import { existsSync, realpathSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type NixConfig, readNixConfig } from "../nix/config.ts";
import { isTrusted } from "../nix/groups.ts";
import { goesThroughDaemon } from "../nix/installation.ts";
import { parseSandboxPath, placeInSandbox } from "../nix/sandbox-paths.ts";
import { PhaseCacheError } from "../util/error.ts";

/**
 * Options for Nix with which builds do not see a store.
 * @param store the store's directory
 * @param inside where builds look for a store
 * @throws PhaseCacheError `refused` where it can't be hidden: without a sandbox, for users whom the daemon does not trust
 */
export function optionsWithoutStore(store: string, inside: readonly string[]): string[] {
  const config = readNixConfig("user");
  if (goesThroughDaemon(config) && !isTrusted(readNixConfig("system").trustedUsers)) throw untrusted();
  return hidingOptions(config, store, inside);
}

/** The same for known settings of a user who may change them. */
export function hidingOptions(config: NixConfig, store: string, inside: readonly string[]): string[] {
  if (config.sandbox === "off")
    throw new PhaseCacheError(
      "refused",
      "builds run without a sandbox: the store can't be hidden from them",
      {
        hint: "set `sandbox = true` in nix.conf",
      },
    );
  const entries = config.sandboxPaths.filter((entry) => !isStore(entry, store, inside));
  const above = entries.find((entry) => placeInSandbox([entry], store) !== null);
  if (above !== undefined)
    throw new PhaseCacheError(
      "refused",
      `the entry ${above} of sandbox-paths shows the store among other things`,
      {
        hint: `name ${store} itself there: the store is then left out alone`,
      },
    );
  // It may show a store that is not in sandbox-paths.
  const hook = config.preBuildHook && entries.length === config.sandboxPaths.length;
  return [
    ...["--option", "sandbox-paths", entries.join(" ")],
    ...(hook ? ["--option", "pre-build-hook", ""] : []),
  ];
}

function untrusted(): PhaseCacheError {
  return new PhaseCacheError(
    "refused",
    "the Nix daemon does not trust you: it would build with the store in sight all the same",
    { hint: "run this with sudo, or have yourself named in trusted-users in nix.conf" },
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
