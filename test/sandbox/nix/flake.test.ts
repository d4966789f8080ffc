import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nix } from "../rig/nix.ts";
import { project } from "../rig/project.ts";
import { createEvaluator, describeBoth, type Evaluator, projectFile } from "./rig.ts";

/** The files of the flake. Nix copies a flake's whole folder, and node_modules is large. */
const parts = [
  ...["flake.nix", "default.nix", "nix", "hooks", "runtime", "docs"],
  ...["package.json", "package-lock.json", "esbuild.config.mjs"],
];
const standIns = ["a stand-in for nixpkgs' flake", "a stand-in around nixpkgs' own stdenv"] as const;

describeBoth("flake.nix and default.nix", standIns, (nixpkgs) => {
  let evaluator: Evaluator;

  beforeAll(() => {
    evaluator = createEvaluator();
    const copy = (from: string, to: string) =>
      cpSync(join(project, from), join(evaluator.places.root, to), { recursive: true });
    for (const name of parts) copy(name, `flake/${name}`);
    copy("test/sandbox", "stand-in");
    copy("test/sandbox/nix/stand-in/flake.nix", "stand-in/flake.nix");
  });
  afterAll(() => evaluator[Symbol.dispose]());

  async function run(command: string[], attribute = "", more: string[] = []): Promise<string> {
    const { root } = evaluator.places;
    const { ok, stdout, stderr } = await nix(evaluator.places, "nix", [
      ...["--extra-experimental-features", "nix-command flakes", "--offline"],
      ...[...command, `path:${root}/flake${attribute}`, ...more],
      ...["--override-input", "nixpkgs", `path:${root}/stand-in`, "--no-write-lock-file"],
      ...(nixpkgs === null ? [] : ["--impure"]),
    ]);
    expect(ok, stderr).toBe(true);
    return stdout;
  }

  const evaluate = async (attribute: string, apply: string) =>
    JSON.parse(await run(["eval", "--json"], `#${attribute}`, ["--apply", apply]));

  // With --no-build Nix copies nothing to the store, but evaluating nixpkgs' own stdenv relies on such copies.
  it.runIf(nixpkgs === null)("satisfies `nix flake check`", async () => {
    await run(["flake", "check", "--no-build"]);
  });

  it.each(["x86_64-linux", "aarch64-linux"])(
    "has packages, an app, a shell and checks for %s",
    async (system) => {
      const names = "builtins.mapAttrs (_: package: package.name)";
      expect(await evaluate(`packages.${system}`, names)).toEqual({
        default: expect.stringMatching(/^phasecache-\d/),
        phasecache: expect.stringMatching(/^phasecache-\d/),
        phaseCacheHook: "phase-cache-hook",
      });
      const isDerivation = "builtins.mapAttrs (_: package: package.drvPath != null)";
      expect(await evaluate(`checks.${system}`, isDerivation)).toMatchObject({
        phasecache: true,
        saves: true,
        restores: true,
        withoutStore: true,
      });
      expect(await evaluate(`devShells.${system}`, isDerivation)).toEqual({ default: true });
      const [app, command] = [`apps.${system}.default.program`, `packages.${system}.phasecache.outPath`];
      expect(await evaluate(app, "path: path")).toBe(
        `${await evaluate(command, "path: path")}/bin/phasecache`,
      );
    },
  );

  it("the package has meta attributes", async () => {
    const take =
      "meta: { inherit (meta) mainProgram platforms; license = meta.license.spdxId or meta.license; }";
    expect(await evaluate("packages.x86_64-linux.phasecache.meta", take)).toEqual({
      mainProgram: "phasecache",
      platforms: ["x86_64-linux", "aarch64-linux"],
      license: "MIT",
    });
  });

  it("lib.withPhaseCache adds the hook for the package's system", async () => {
    const systems = `withPhaseCache: map
      (system: map (input: input.system or input) (withPhaseCache {
        inherit system;
        overrideAttrs = change: change { nativeBuildInputs = [ "other" ]; };
      }).nativeBuildInputs)
      [ "x86_64-linux" "aarch64-linux" ]`;
    expect(await evaluate("lib.withPhaseCache", systems)).toEqual([
      ["other", "x86_64-linux"],
      ["other", "aarch64-linux"],
    ]);
  });

  it("default.nix provides the same hook without flakes", async () => {
    const pkgs = `(import ${projectFile("test/sandbox/nix/stand-in")} {
      system = "x86_64-linux"; ${nixpkgs === null ? "" : `nixpkgs = ${JSON.stringify(nixpkgs)};`}
    })`;
    const names = await evaluator.evaluate(`
      let it = import ${projectFile("default.nix")} { pkgs = ${pkgs}; };
      in [ it.phasecache.name it.phaseCacheHook.name (it.lib.withPhaseCache it.phasecache).name ]`);
    expect(names).toEqual([
      expect.stringMatching(/^phasecache-\d/),
      "phase-cache-hook",
      expect.stringMatching(/^phasecache-\d/),
    ]);
  });
});
