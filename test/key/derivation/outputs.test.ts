import { describe, expect, it } from "vitest";
import { masker, ownHashes, shortPlaceholders } from "../../../runtime/key/derivation/outputs.ts";
import { storePath } from "../example.ts";

const outputs = { out: storePath("a", "x"), dev: storePath("d", "x-dev") };

describe("ownHashes", () => {
  it("are the 32 characters of each output", () => {
    expect([...ownHashes(outputs)]).toEqual([
      ["out", "a".repeat(32)],
      ["dev", "d".repeat(32)],
    ]);
  });

  it("are nothing for a path that has none", () => {
    expect(
      ownHashes({ out: "/tmp/out", dev: `/s/${"e".repeat(32)}-x`, lib: `/s/${"a".repeat(32)}` }).size,
    ).toBe(0);
  });
});

describe("masker", () => {
  const mask = masker(outputs, [storePath("z", "hook")]);

  it("replaces each output's hash by something of the same length that only its name decides", () => {
    const masked = mask(`--prefix=${outputs.out} ${outputs.dev}`);
    const other = { out: storePath("1", "x"), dev: storePath("2", "x-dev") };
    expect(masked).toHaveLength(`--prefix=${outputs.out} ${outputs.dev}`.length);
    expect(masked).not.toMatch(/a{32}|d{32}/);
    expect(masker(other, [])(`--prefix=${other.out} ${other.dev}`)).toBe(masked);
    expect(masker({ out: other.dev, dev: other.out }, [])(`--prefix=${other.out} ${other.dev}`)).not.toBe(
      masked,
    );
  });

  it("leaves other hashes and parts of hashes alone", () => {
    const text = `${storePath("c", "y")} ${"a".repeat(31)}`;
    expect(mask(text)).toBe(text);
  });

  it("replaces phasecache's own paths whole", () => {
    expect(mask(`x ${storePath("z", "hook")}/bin y`)).toBe("x <phasecache>/bin y");
  });

  it("has different placeholders for long names with the same beginning", () => {
    const long = "output-with-a-very-long-name";
    const two = { [`${long}-1`]: storePath("1", "x"), [`${long}-2`]: storePath("2", "x") };
    const [first, second] = masker(two, [])(`${"1".repeat(32)} ${"2".repeat(32)}`).split(" ");
    expect(first).not.toBe(second);
    expect(first).toHaveLength(32);
  });

  it("changes nothing where there is nothing to mask", () => {
    expect(masker({ out: "/tmp/out" }, [])("/tmp/out")).toBe("/tmp/out");
  });

  it("has placeholders that can be shown shorter", () => {
    expect(shortPlaceholders(mask(`${outputs.out}/bin...`))).toBe("/nix/store/<output-out>-x/bin...");
  });
});
