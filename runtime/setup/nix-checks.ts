import { statSync } from "node:fs";
import { isOptIn, type NixConfig, optInFeature } from "../nix/config.ts";
import { daemonStart } from "../nix/daemon.ts";
import { isTrusted, nameOf } from "../nix/groups.ts";
import { hasDaemon, type Installation } from "../nix/installation.ts";
import { placeInSandbox } from "../nix/sandbox-paths.ts";
import { isAtLeast, oldestVersion } from "../nix/version.ts";
import { usualStore } from "../store/layout.ts";
import { type Finding, fail, info, pass } from "./finding.ts";
import { settingsFor } from "./settings.ts";

/** Nix's version and settings. */
export interface NixFacts {
  version: string;
  /** The settings of the user's own commands. */
  own: NixConfig;
  /** The system's settings. */
  system: NixConfig;
  /** The settings of the user's builds. */
  effective: NixConfig;
  installation: Installation;
  /** The system's settings file. */
  file: string;
}

export function checkNix(directory: string, facts: NixFacts): Finding[] {
  return [
    checkVersion(facts.version),
    checkSandbox(facts.effective),
    checkSandboxPaths(directory, facts),
    ...checkDaemon(facts),
    checkTrust(facts.system),
    checkUids(facts),
  ];
}

function checkVersion(version: string): Finding {
  if (isAtLeast(version, oldestVersion)) return pass("nix", `Nix ${version}`);
  return fail("nix", `Nix ${version} is older than ${oldestVersion}`, "install a newer Nix");
}

function checkSandbox({ sandbox }: NixConfig): Finding {
  if (sandbox === "off")
    return fail("sandbox", "builds run without a sandbox", "set `sandbox = true` in nix.conf");
  return pass(
    "sandbox",
    sandbox === "on" ? "builds run in a sandbox" : "most builds run in a sandbox (relaxed)",
  );
}

function checkSandboxPaths(directory: string, { own, effective, installation }: NixFacts): Finding {
  const seen = placeInSandbox(effective.sandboxPaths, directory);
  if (seen === usualStore) return pass("sandbox-paths", `builds see ${directory}`);
  if (seen !== null)
    return info(
      "sandbox-paths",
      `builds see ${directory} as ${seen}`,
      `set phaseCacheDir = ${JSON.stringify(seen)} in the derivations`,
    );
  if (isOptIn(effective) && effective.preBuildHook)
    return info("sandbox-paths", `only builds that require the feature ${optInFeature} see ${directory}`);
  const { file, lines, restart } = settingsFor(directory, effective, installation);
  const message =
    placeInSandbox(own.sandboxPaths, directory) !== null
      ? `${directory} is in your own sandbox-paths, which the daemon ignores for untrusted users`
      : `builds do not see ${directory}: it is not in sandbox-paths`;
  const then = restart === null ? "" : `, then ${restart}`;
  return fail("sandbox-paths", message, `add to ${file}: ${lines.join(" ")}${then}`);
}

/** Checks that the daemon has read the current settings, which it does only when it starts. */
function checkDaemon({ own, file }: NixFacts): Finding[] {
  if (!hasDaemon(own)) return [];
  const start = daemonStart();
  if (start === null) return [info("daemon", "builds go through the Nix daemon")];
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // Start times have a resolution of 10 ms, the boot time one of a second.
  if (changed > start + 2000)
    return [
      fail(
        "daemon",
        `the Nix daemon was started before ${file} was changed`,
        "sudo systemctl restart nix-daemon",
      ),
    ];
  return [pass("daemon", "the Nix daemon has read the current settings")];
}

function checkTrust({ trustedUsers }: NixConfig): Finding {
  const name = nameOf("passwd", process.getuid?.() ?? 0);
  if (isTrusted(trustedUsers)) return pass("trusted-user", `Nix trusts ${name}`);
  return info(
    "trusted-user",
    `Nix does not trust ${name}: sandbox-paths can be set only in the system's settings`,
    "this is enough for phasecache; trusted-users in nix.conf lists the trusted users",
  );
}

function checkUids({ system, installation }: NixFacts): Finding {
  if (!system.autoAllocateUids)
    return pass("auto-allocate-uids", "builds run in the group of the build users");
  if (installation.kind === "single-user")
    return info("auto-allocate-uids", "auto-allocate-uids is on, but builds run as the user");
  return fail(
    "auto-allocate-uids",
    "each build has its own user and group, so that no other build can use its snapshots",
    "set `auto-allocate-uids = false` in nix.conf",
  );
}
