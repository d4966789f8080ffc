import { lstatSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isOptIn, optInFeature, readNixConfig } from "../nix/config.ts";
import { isTrusted } from "../nix/groups.ts";
import { configFile, daemonEnvironment, findInstallation, hasDaemon } from "../nix/installation.ts";
import { type ProbeResult, probeName, probeSandbox } from "../nix/probe.ts";
import { placeInSandbox } from "../nix/sandbox-paths.ts";
import { nixVersion } from "../nix/version.ts";
import { formatVersion, usualStore } from "../store/layout.ts";
import { PhaseCacheError, systemCode, unreachable } from "../util/error.ts";
import { checkDirectory } from "./directory-checks.ts";
import { type Finding, fail, pass } from "./finding.ts";
import { initCommand } from "./make.ts";
import { checkNix, type NixFacts } from "./nix-checks.ts";
import { checkRuntime } from "./runtime-checks.ts";
import { checkStore } from "./store-checks.ts";

/** Checks everything that builds with the hook need. `runtime` is the folder of the bundles. */
export function* examine(directory: string, runtime: string): Generator<Finding> {
  yield* checkRuntime(runtime);
  let facts: NixFacts;
  try {
    facts = askNix();
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    yield fail("nix", error.message, error.hint ?? "install Nix");
    return;
  }
  yield* checkNix(directory, facts);
  yield* checkDirectory(directory, facts.installation);
  if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory())
    yield* checkStore(directory, Date.now());
  yield checkBuild(directory, facts);
}

function askNix(): NixFacts {
  const version = nixVersion();
  const [own, system] = [readNixConfig("user"), readNixConfig("system")];
  const installation = findInstallation(own);
  // A daemon ignores the settings of an untrusted user.
  const effective = !hasDaemon(own) || isTrusted(system.trustedUsers) ? own : system;
  return { version, own, system, effective, installation, file: configFile(installation) };
}

/** The final check: a build that does in the store what the hook does. */
function checkBuild(directory: string, { effective }: NixFacts): Finding {
  const inside = placeInSandbox(effective.sandboxPaths, directory) ?? usualStore;
  const file = probeName();
  const temporary = `v${formatVersion}/tmp`;
  const probed = probeSandbox({
    directories: [join(inside, temporary), inside],
    file,
    node: process.execPath,
    features: isOptIn(effective) ? [optInFeature] : [],
    env: daemonEnvironment(effective),
  });
  // The builder may have no program that removes a file.
  for (const folder of [temporary, "."]) removeQuietly(join(directory, folder, file));
  return toFinding(probed, inside, directory);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function toFinding({ state, detail }: ProbeResult, inside: string, directory: string): Finding {
  const make = initCommand(directory);
  switch (state) {
    case "works":
      return pass("test-build", `a test build (${detail}) wrote a file to ${inside}, read it and removed it`);
    case "missing":
      return fail(
        "test-build",
        `builds cannot find ${inside}: ${detail}`,
        `${make} creates it and prints the Nix settings for it`,
      );
    case "unwritable":
    case "unremovable":
      return fail(
        "test-build",
        `builds cannot write to ${inside}: ${detail}`,
        `${make} sets the right group and mode`,
      );
    case "unreadable":
      return fail(
        "test-build",
        `builds cannot read back what they write to ${inside}: ${detail}`,
        "check the disk: dmesg",
      );
    case "not-built":
      return fail(
        "test-build",
        `Nix cannot build: ${detail}`,
        "fix the failed checks above first; `nix-build '<nixpkgs>' -A hello` must work",
      );
    default:
      return unreachable(state);
  }
}
