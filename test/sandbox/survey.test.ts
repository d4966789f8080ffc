import { describe, expect, it } from "vitest";
import { quickPackages } from "../survey/packages.ts";
import { isGood, survey } from "../survey/survey.ts";

describe(`packages of Debian's, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  it.each(quickPackages.map((pack) => ({ pack, name: pack.source })))(
    "$name is restored as deep as can be, and equal",
    async ({ pack }) => {
      const result = await survey(pack);
      expect(isGood(result), JSON.stringify(result, null, 2)).toBe(true);
    },
  );
});
