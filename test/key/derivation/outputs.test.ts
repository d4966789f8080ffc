import { describe, expect, it } from "vitest";
import { masker, ownHashes, shortPlaceholders } from "../../../runtime/key/derivation/outputs.ts";
import { storePath } from "../example.ts";

const outputs = { out: storePath("a", "x"), dev: storePath("d", "x-dev") };

describe("ownHashes", () => {
  it("returns the 32 characters of each output", () => {
    expect([...ownHashes(outputs)]).toEqual([
      ["out", "a".repeat(32)],
      ["dev", "d".repeat(32)],
    ]);
  });

  it("returns nothing for a path without a hash", () => {
    expect(
      ownHashes({ out: "/tmp/out", dev: `/s/${"e".repeat(32)}-x`, lib: `/s/${"a".repeat(32)}` }).size,
    ).toBe(0);
  });
});

describe("masker", () => {
  const mask = masker(outputs, [storePath("z", "hook")]);

  it("replaces each output's hash by a placeholder of the same length that depends only on its name", () => {
    const masked = mask(`--prefix=${outputs.out} ${outputs.dev}`);
    const other = { out: storePath("1", "x"), dev: storePath("2", "x-dev") };
    expect(masked).toHaveLength(`--prefix=${outputs.out} ${outputs.dev}`.length);
    expect(masked).not.toMatch(/a{32}|d{32}/);
    expect(masker(other, [])(`--prefix=${other.out} ${other.dev}`)).toBe(masked);
    expect(masker({ out: other.dev, dev: other.out }, [])(`--prefix=${other.out} ${other.dev}`)).not.toBe(
      masked,
    );
  });

  it("does not change other hashes and parts of hashes", () => {
    const text = `${storePath("c", "y")} ${"a".repeat(31)}`;
    expect(mask(text)).toBe(text);
  });

  it("replaces phasecache's own paths completely", () => {
    expect(mask(`x ${storePath("z", "hook")}/bin y`)).toBe("x <phasecache>/bin y");
  });

  it("has different placeholders for long names with the same start", () => {
    const long = "output-with-a-very-long-name";
    const two = { [`${long}-1`]: storePath("1", "x"), [`${long}-2`]: storePath("2", "x") };
    const [first, second] = masker(two, [])(`${"1".repeat(32)} ${"2".repeat(32)}`).split(" ");
    expect(first).not.toBe(second);
    expect(first).toHaveLength(32);
  });

  it("changes nothing when there is nothing to mask", () => {
    expect(masker({ out: "/tmp/out" }, [])("/tmp/out")).toBe("/tmp/out");
  });

  it("has placeholders that can be shortened", () => {
    expect(shortPlaceholders(mask(`${outputs.out}/bin...`))).toBe("/nix/store/<output-out>-x/bin...");
  });
});
