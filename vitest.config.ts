import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { programsOf, type Suite, whyNixMissing } from "./test/versions/nix.mjs";

/** Runs the longest test files first, so that they do not delay the end of the run. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /(?:matrix|needless|extremes|soak)\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * Whether the checkout's stdenv requires a newer Nix than 2.8. Nix 2.8 sets the paths of structured attributes to those
 * outside the sandbox; setup.sh works around that until nixpkgs requires Nix 2.18.
 */
function requiresNewerNix(checkout: string): boolean {
  const files = ["pkgs/stdenv", "stdenv"].map((folder) => join(checkout, folder, "generic/setup.sh"));
  const setup = files.find((file) => existsSync(file));
  return setup !== undefined && !readFileSync(setup, "utf8").includes("$NIX_BUILD_TOP/.attrs.sh");
}

/** The newest of the fetched versions of Nix; undefined if there is none. */
function newestNix(): string | undefined {
  const suite = (["sid", "trixie"] as const).find((name) => whyNixMissing(name) === null);
  return suite && programsOf(suite);
}

const { PHASECACHE_NIXPKGS: checkout = "", PHASECACHE_NIX_BIN: chosen } = process.env;
const ownNix = chosen || (requiresNewerNix(checkout) ? newestNix() : undefined);

const sandbox = {
  include: ["test/sandbox/**/*.test.ts"],
  globalSetup: ["test/bundles.ts", "test/sandbox/prepare.ts"],
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

/** A project that runs part of the sandbox suite with another Nix, or only reports that this Nix is missing. */
function sandboxWith(suite: Suite, name: string, files: { include?: string[]; exclude?: string[] }) {
  const included = whyNixMissing(suite) === null ? files : { include: ["test/sandbox/nix/version.test.ts"] };
  return {
    test: {
      ...sandbox,
      ...included,
      name,
      env: { PHASECACHE_NIX_BIN: programsOf(suite) },
      sequence: { groupOrder: suite === "sid" ? 1 : 2 },
    },
  };
}

export default defineConfig({
  test: {
    // Most tests wait for their own child processes; more workers than this slow each other down.
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
      { test: { ...sandbox, name: "sandbox", env: ownNix ? { PHASECACHE_NIX_BIN: ownNix } : {} } },
      sandboxWith("sid", "sandbox, newest Nix", {
        // The version of Nix does not affect these tests: permissions of the store, changes of the shell in phases,
        // failures of the runtime, versions of Node, languages, and packages that take minutes to compile.
        exclude: [
          "test/sandbox/{concurrency,demo,diff,failed,fidelity,look,matrix,needless,node,permissions,planted}*",
          "test/sandbox/{restore,runtime,sources,state,stdenv,store,survey,trouble,verify}*",
          "test/sandbox/{languages/**,nix/package*,soak/**,soundness/**}",
        ],
      }),
      sandboxWith("trixie", "sandbox, Nix 2.26", {
        // What the command asks of Nix, and builds of all kinds that are cheap.
        include: [
          "test/sandbox/{build,hook-tests,init,optin}.test.ts",
          "test/sandbox/nix/{flake,version}.test.ts",
        ],
      }),
    ],
  },
});
