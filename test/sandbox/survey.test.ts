import { describe, expect, it } from "vitest";
import { quickPackages } from "../survey/packages.ts";
import { isGood, survey } from "../survey/survey.ts";

describe(`Debian packages, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  it.each(quickPackages.map((pack) => ({ pack, name: pack.source })))(
    "$name: restored through the expected phases, and equal to clean builds",
    async ({ pack }) => {
      const result = await survey(pack);
      expect(isGood(result), JSON.stringify(result, null, 2)).toBe(true);
    },
  );
});
