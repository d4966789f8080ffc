import { afterAll, beforeAll, expect, it } from "vitest";
import { createEvaluator, describeBoth, type Evaluator, packageSet, projectFile } from "./rig.ts";

const evaluators = [
  "a stand-in for the module system, which checks no types",
  "nixpkgs' module system",
] as const;
const guest = "/var/cache/phasecache";

describeBoth("programs.phasecache", evaluators, (nixpkgs) => {
  let evaluator: Evaluator;
  beforeAll(() => {
    evaluator = createEvaluator();
  });
  afterAll(() => evaluator[Symbol.dispose]());

  /** `body` sees the settings that result from `programs.phasecache = { <settings> }`, as `config`. */
  const evaluate = (settings: string, body: string, { more = "", requiredMounts = true } = {}) =>
    evaluator.evaluate(`
      let
        pkgs = ${packageSet(nixpkgs)};
        lib = ${nixpkgs ? "pkgs.lib" : `import ${projectFile("test/sandbox/nix/module/lib.nix")}`};
        inherit (lib.evalModules {
          modules = [
            ${projectFile("nix/module.nix")}
            ${projectFile("test/sandbox/nix/module/options.nix")}
            ${requiredMounts ? projectFile("test/sandbox/nix/module/required-mounts.nix") : ""}
            { config.programs.phasecache = { ${settings} }; }
            { config = { ${more} }; }
          ];
          specialArgs = { inherit pkgs; };
        }) config;
      in ${body}`);

  it("shows the store to builds, and makes its directory for the build group", async () => {
    const body = `{ inherit (config.nix) settings; inherit (config.systemd.tmpfiles) rules; inherit (config) warnings assertions; }`;
    expect(await evaluate("enable = true;", body)).toEqual({
      settings: { "extra-sandbox-paths": [`${guest}?`] },
      rules: [`d ${guest} 2770 root nixbld -`],
      warnings: [],
      assertions: [],
    });
  });

  it("does nothing unless it is enabled", async () => {
    const body = `{
      inherit (config.nix) settings; inherit (config.systemd.tmpfiles) rules; inherit (config.nixpkgs) overlays;
      inherit (config.systemd) services timers; mounts = config.programs.nix-required-mounts.enable;
    }`;
    const nothing = { settings: {}, rules: [], overlays: [], services: {}, timers: {}, mounts: false };
    expect(await evaluate(`restrictToOptIn = true; packages = [ "hello" ];`, body)).toEqual(nothing);
  });

  it("another directory is where the hook looks for it, and where the command does", async () => {
    const body = `{
      inherit (config.nix) settings; inherit (config.systemd.tmpfiles) rules; inherit (config.environment) sessionVariables;
    }`;
    expect(await evaluate(`enable = true; cacheDir = "/srv/cache";`, body)).toEqual({
      settings: { "extra-sandbox-paths": [`${guest}=/srv/cache?`] },
      rules: ["d /srv/cache 2770 root nixbld -"],
      sessionVariables: { PHASECACHE_DIR: "/srv/cache" },
    });
  });

  it("sets the store's limits, and deletes what is stale every day", async () => {
    const body = `{
      settings = config.systemd.services.phasecache-config; gc = config.systemd.services.phasecache-gc;
      inherit (config.systemd) timers; command = "\${pkgs.phasecache}/bin/phasecache";
    }`;
    const { settings, gc, timers, command } = (await evaluate(
      `enable = true; maxSize = "1.5 GiB"; maxAge = "2w"; cacheDir = "/srv/cache";`,
      body,
    )) as { settings: Unit; gc: Unit; timers: object; command: string };
    expect(settings.script.trimEnd().split("\n")).toEqual([
      `${command} --store /srv/cache config maxSize '1.5 GiB'`,
      expect.stringMatching(/ --store \/srv\/cache config maxAge '?2w'?$/),
    ]);
    expect(settings).toMatchObject({
      wantedBy: ["multi-user.target"],
      serviceConfig: { RemainAfterExit: true },
    });
    expect(gc).toMatchObject({
      script: `${command} --store /srv/cache gc`,
      after: ["phasecache-config.service"],
    });
    for (const { serviceConfig } of [settings, gc])
      expect(serviceConfig).toMatchObject({
        Type: "oneshot",
        Group: "nixbld",
        UMask: "0007",
        ReadWritePaths: ["/srv/cache"],
      });
    expect(timers).toMatchObject({
      "phasecache-gc": {
        wantedBy: ["timers.target"],
        timerConfig: { OnCalendar: "daily", Persistent: true },
      },
    });
  });

  it("adds the hook to the packages that are named, and says which there is not", async () => {
    const packages = (names: string) => `
      let
        wrapped = builtins.elemAt config.nixpkgs.overlays 1 { inherit (pkgs) phaseCacheHook; } {
          sample = pkgs.stdenv.mkDerivation { name = "sample"; };
        };
      in ${names}`;
    const isWrapped = packages("map (input: input.name) wrapped.sample.nativeBuildInputs");
    expect(await evaluate(`enable = true; packages = [ "sample" ];`, isWrapped)).toEqual([
      "phase-cache-hook",
    ]);
    const features = packages("wrapped.sample.requiredSystemFeatures or [ ]");
    expect(await evaluate(`enable = true; packages = [ "sample" ];`, features)).toEqual([]);
    const restricted = `enable = true; restrictToOptIn = true; packages = [ "sample" ];`;
    expect(await evaluate(restricted, features)).toEqual(["phase-cache"]);
    const missing = evaluate(`enable = true; packages = [ "smaple" ];`, packages("wrapped.smaple.name"));
    await expect(missing).rejects.toThrow(
      /programs\.phasecache\.packages: there is no package called smaple/,
    );
  });

  it("restrictToOptIn: only builds that ask for the feature see the store", async () => {
    const body = `{ inherit (config.nix) settings; mounts = config.programs.nix-required-mounts; }`;
    const settings = `enable = true; restrictToOptIn = true; cacheDir = "/srv/cache";`;
    expect(await evaluate(settings, body)).toMatchObject({
      settings: { "extra-system-features": ["phase-cache"] },
      mounts: {
        enable: true,
        allowedPatterns: {
          "phase-cache": { onFeatures: ["phase-cache"], paths: [{ host: "/srv/cache", guest }] },
        },
      },
    });
    expect(await evaluate(settings, "config.nix.settings ? extra-sandbox-paths")).toBe(false);
  });

  it("restrictToOptIn on a NixOS that can't do it is an assertion; the rest works there", async () => {
    const old = { requiredMounts: false };
    const body = "map (one: { inherit (one) assertion message; }) config.assertions";
    expect(await evaluate("enable = true; restrictToOptIn = true;", body, old)).toEqual([
      { assertion: false, message: expect.stringMatching(/needs .*nix-required-mounts.*24\.11/) },
    ]);
    const plain = "builtins.all (one: one.assertion) config.assertions";
    expect(await evaluate("enable = true;", plain, old)).toBe(true);
  });

  it("warns where every build has a group of its own", async () => {
    const more = "nix.settings.auto-allocate-uids = true;";
    expect(await evaluate("enable = true;", "config.warnings", { more })).toEqual([
      expect.stringMatching(/auto-allocate-uids/),
    ]);
  });

  it.runIf(nixpkgs !== null).each([
    [`cacheDir = "relative";`, /cacheDir/],
    [`cacheDir = "/with space";`, /cacheDir/],
    [`maxSize = "much";`, /maxSize/],
    [`maxAge = "15m";`, /maxAge/],
    [`packages = [ 1 ];`, /packages/],
  ])("refuses %s", async (settings, names) => {
    const body = "{ inherit (config.programs) phasecache; }";
    await expect(evaluate(`enable = true; ${settings}`, body)).rejects.toThrow(names);
  });
});

interface Unit {
  script: string;
  serviceConfig: object;
}
