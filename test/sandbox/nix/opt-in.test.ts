import { expect, it } from "vitest";
import { describeModule, guest } from "./module/rig.ts";

describeModule("programs.phasecache.restrictToOptIn", (evaluate) => {
  it("mounts the store only in builds that require the feature", async () => {
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

  it("fails an assertion on a NixOS without nix-required-mounts; other options work there", async () => {
    const old = { requiredMounts: false };
    const body = "map (one: { inherit (one) assertion message; }) config.assertions";
    expect(await evaluate("enable = true; restrictToOptIn = true;", body, old)).toEqual([
      { assertion: false, message: expect.stringMatching(/needs .*nix-required-mounts.*24\.11/) },
    ]);
    const plain = "builtins.all (one: one.assertion) config.assertions";
    expect(await evaluate("enable = true;", plain, old)).toBe(true);
  });
});
