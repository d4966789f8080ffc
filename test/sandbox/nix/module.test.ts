import { expect, it } from "vitest";
import { describeModule, guest } from "./module/rig.ts";

describeModule("programs.phasecache", (evaluate, isNixpkgs) => {
  it("mounts the store in builds, and creates its directory for the build group", async () => {
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

  it("mounts another cacheDir at the hook's path, and sets it for the command", async () => {
    const body = `{
      inherit (config.nix) settings; inherit (config.systemd.tmpfiles) rules; inherit (config.environment) sessionVariables;
    }`;
    expect(await evaluate(`enable = true; cacheDir = "/srv/cache";`, body)).toEqual({
      settings: { "extra-sandbox-paths": [`${guest}=/srv/cache?`] },
      rules: ["d /srv/cache 2770 root nixbld -"],
      sessionVariables: { PHASECACHE_DIR: "/srv/cache" },
    });
  });

  it("sets the store's limits, and runs gc every day", async () => {
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

  it("adds the hook to the listed packages, and reports an unknown one", async () => {
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
    await expect(missing).rejects.toThrow(/programs\.phasecache\.packages: no such package: smaple/);
  });

  it("warns when every build has its own group", async () => {
    const more = "nix.settings.auto-allocate-uids = true;";
    expect(await evaluate("enable = true;", "config.warnings", { more })).toEqual([
      expect.stringMatching(/auto-allocate-uids/),
    ]);
  });

  it.runIf(isNixpkgs).each([
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
