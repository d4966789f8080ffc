import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, type Rig } from "./rig.ts";

const tests = "pkgs.phaseCacheHook.tests";

describe(`phaseCacheHook.tests, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(["saves", "restores", "withoutStore"])(
    "%s: builds, without a store on the machine",
    async (name) => {
      const result = await rig.build(`${tests}.${name}`, { store: false });
      expect(result.ok, result.log).toBe(true);
    },
  );

  it.each([
    ["saves", "no snapshot of buildPhase"],
    ["restores", "buildPhase ran although a snapshot of it exists"],
  ])("%s fails when the hook is inactive", async (name, reason) => {
    const inactive = `(${tests}.${name}.overrideAttrs (_: { dontPhaseCache = true; }))`;
    const result = await rig.build(inactive, { store: false });
    expect(result.ok).toBe(false);
    expect(result.log).toContain(reason);
  });
});
