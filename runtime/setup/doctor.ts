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

/** Looks at everything that builds with the hook need. `runtime` is the folder of the bundles. */
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
  // What an untrusted user sets does not reach a daemon.
  const effective = !hasDaemon(own) || isTrusted(system.trustedUsers) ? own : system;
  return { version, own, system, effective, installation, file: configFile(installation) };
}

/** The last word: a build that does to the store what the hook does. */
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
  // The builder may have had no program that removes a file.
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
      return pass("test-build", `a build (${detail}) wrote to ${inside}, read it back and removed it`);
    case "missing":
      return fail(
        "test-build",
        `a build does not find ${inside}: ${detail}`,
        `${make} makes it and prints what Nix needs to show it`,
      );
    case "unwritable":
    case "unremovable":
      return fail(
        "test-build",
        `a build can't write to ${inside}: ${detail}`,
        `${make} gives it the right group and mode`,
      );
    case "unreadable":
      return fail(
        "test-build",
        `a build can't read what it wrote to ${inside}: ${detail}`,
        "look at the disk: dmesg",
      );
    case "not-built":
      return fail(
        "test-build",
        `Nix could not build: ${detail}`,
        "mend what failed above first; `nix-build '<nixpkgs>' -A hello` must work",
      );
    default:
      return unreachable(state);
  }
}
