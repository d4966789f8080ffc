import { describe, expect, it } from "vitest";
import { patternsOf, relocator, replacements } from "../../runtime/snapshot/patterns.ts";

const store = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;
const old = { out: store("a", "x-1"), dev: store("b", "x-1-dev") };
const next = { out: store("c", "x-1"), dev: store("d", "x-1-dev") };

describe("patterns", () => {
  it("begin with the hashes in the order of the outputs' names, then the compiler's seed", () => {
    expect(patternsOf(old).slice(0, 3)).toEqual(["b".repeat(32), "a".repeat(32), "-frandom-seed=aaaaaaaaaa"]);
  });

  it("continue with each hash's partial hashes, if long enough, and its wide forms", () => {
    const hash = "0123456789abcdfghijklmnpqrsvwxyz";
    const rest = patternsOf({ out: `/nix/store/${hash}-hello-2.10` }).slice(2);
    expect(rest.slice(0, 3)).toEqual(["z-hello-", "yz-hello", "xyz-hell"]);
    expect(rest[6]).toBe("rsvwxyz-");
    expect(rest.slice(7)).toEqual([[...hash].join("\0"), [...hash].join("\0\0\0")]);
    // `-x` with one character of the hash would occur everywhere.
    expect(patternsOf({ out: `/nix/store/${hash}-x` })[2]).toBe("yz-x");
  });

  it("have replacements of equal length in the same order", () => {
    const lengths = patternsOf(old).map(({ length }) => length);
    expect(replacements(old, next).map(({ length }) => length)).toEqual(lengths);
    expect(replacements(old, next)[1]).toBe("c".repeat(32));
  });

  it("are replaced by themselves if the new build lacks the output", () => {
    expect(replacements(old, { out: next.out })[0]).toBe("b".repeat(32));
  });
});

describe("relocator", () => {
  it("replaces hashes and the seed everywhere", () => {
    const relocate = relocator(old, next);
    expect(relocate(`-L${old.out}/lib:${old.dev} -frandom-seed=aaaaaaaaaa`)).toBe(
      `-L${next.out}/lib:${next.dev} -frandom-seed=cccccccccc`,
    );
  });

  it("swaps the hashes of two outputs", () => {
    const swapped = { out: store("b", "x-1"), dev: store("a", "x-1-dev") };
    expect(relocator(old, swapped)(`${"a".repeat(32)} ${"b".repeat(32)}`)).toBe(
      `${"b".repeat(32)} ${"a".repeat(32)}`,
    );
  });

  it("changes nothing if the outputs are equal, or there are no patterns", () => {
    expect(relocator(old, old)("\xff\n")).toBe("\xff\n");
    expect(relocator({}, next)("text")).toBe("text");
  });
});
