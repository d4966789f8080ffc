import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { programs, whyMissing } from "./test/debian-nix.mjs";

/** Begins with what takes longest, so that no worker is left alone with it in the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /(?:matrix|needless|extremes|soak)\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * Whether the checkout's stdenv asks for a newer Nix than 2.8, which names structured attributes by their path outside the
 * sandbox: setup.sh has a way around that until nixpkgs asks for Nix 2.18.
 */
function asksForNewerNix(checkout: string): boolean {
  const files = ["pkgs/stdenv", "stdenv"].map((folder) => join(checkout, folder, "generic/setup.sh"));
  const setup = files.find((file) => existsSync(file));
  return setup !== undefined && !readFileSync(setup, "utf8").includes("$NIX_BUILD_TOP/.attrs.sh");
}

const { PHASECACHE_NIXPKGS: checkout = "", PHASECACHE_NIX_BIN: chosen } = process.env;
const newerNix = !chosen && whyMissing() === null && asksForNewerNix(checkout) ? programs : chosen;

const sandbox = {
  include: ["test/sandbox/**/*.test.ts"],
  globalSetup: ["test/bundles.ts", "test/sandbox/prepare.ts"],
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    // Most tests wait for processes that they have started; and of the others, more would wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/sandbox/**", "test/faults/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          globalSetup: "test/bundles.ts",
          testTimeout: 600_000,
        },
      },
      { test: { ...sandbox, name: "sandbox", env: newerNix ? { PHASECACHE_NIX_BIN: newerNix } : {} } },
      {
        test: {
          ...sandbox,
          name: "sandbox, Nix 2.26",
          env: { PHASECACHE_NIX_BIN: programs },
          // Compiling packages takes minutes, and the version of Nix has no part in it, nor in who may touch the store, what
          // phases do to their shell, or a runtime in trouble.
          exclude: [
            "test/sandbox/{concurrency,demo,diff,failed,fidelity,look,matrix,needless,permissions,planted}*",
            "test/sandbox/{runtime,sources,state,stdenv,store,survey,trouble,verify}*",
            "test/sandbox/{nix/package*,soak/**,soundness/**}",
          ],
          ...(whyMissing() === null ? {} : { include: ["test/sandbox/nix/version.test.ts"] }),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
