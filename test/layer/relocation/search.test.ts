import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSearch, mergeHits } from "../../../runtime/layer/relocation/search.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

/** A naive search, for comparison. */
function naive(text: Buffer, patterns: Buffer[]): number[] {
  return Array.from({ length: text.length }, (_, at) =>
    patterns.flatMap((pattern, n) => (text.subarray(at, at + pattern.length).equals(pattern) ? [at, n] : [])),
  ).flat();
}

describe("searching", () => {
  it.each([
    ["pairs", 3],
    ["words of four bytes", 7],
  ])("finds the same as a naive search in text of few letters, by %s", (_, shortest) => {
    const word = (minLength: number, maxLength: number) =>
      fc.string({ unit: fc.constantFrom("a", "b", "\xff"), minLength, maxLength }).map(bytes);
    const patterns = fc.array(word(shortest, shortest + 5), { maxLength: 4 });
    fc.assert(
      fc.property(word(0, 300), patterns, fc.nat(8), (text, patterns, start) => {
        const piece = text.subarray(start);
        expect(makeSearch(patterns)(piece)).toEqual(naive(piece, patterns));
      }),
      { numRuns: 1000 },
    );
  });

  it("finds patterns of different lengths with the same beginning, also at the end", () => {
    const patterns = [bytes("0123456789abcdfghijklmnpqrsvwxyz"), bytes("-frandom-seed=0123456789")];
    const text = bytes(`x${patterns[0]} ${patterns[1]} ${patterns[0]}`);
    expect(makeSearch(patterns)(text)).toEqual([1, 0, 34, 1, 59, 0]);
    expect(makeSearch(patterns)(text.subarray(0, -1))).toEqual([1, 0, 34, 1]);
  });
});

it("finds a pattern at any offset in a text of many words", () => {
  const pattern = bytes("0123456789abcdfghijklmnpqrsvwxyz");
  const text = Buffer.alloc(600_000, "0123");
  const search = makeSearch([pattern]);
  for (const border of [0, 1 << 18, 1 << 19, text.length - pattern.length]) {
    for (let at = Math.max(0, border - 40); at <= Math.min(border + 8, text.length - pattern.length); at++) {
      const piece = Buffer.from(text);
      pattern.copy(piece, at);
      expect(search(piece), `at ${at}`).toEqual([at, 0]);
    }
  }
});

it("omits most pieces of found hashes without changing the merged hits", () => {
  const hash = "0123456789abcdfghijklmnpqrsvwxyz";
  const pieces = Array.from({ length: 25 }, (_, i) => bytes(hash.slice(i, i + 8)));
  const patterns = [bytes(hash), bytes("xyz-name"), ...pieces];
  const text = bytes(`${hash}-name ${hash.slice(3, 20)} ${hash}${hash} z${hash}`);
  const hits = makeSearch(patterns, patterns.length)(text);
  expect(hits.length).toBeLessThan(40);
  expect(mergeHits([hits], patterns)).toEqual(mergeHits([makeSearch(patterns)(text)], patterns));
  // Other patterns are reported if they extend beyond a hash.
  const separate = [bytes(hash), bytes(hash.slice(4, 12)), bytes("wxyz-name")];
  expect(makeSearch(separate, 1)(bytes(`${hash}-name ${hash.slice(4, 12)}`))).toEqual([0, 0, 28, 2, 38, 1]);
});

describe("merging", () => {
  const patterns = [bytes("aaaa"), bytes("xaa"), bytes("b")];

  it("sorts hits and removes duplicates", () => {
    expect(
      mergeHits(
        [
          [9, 0, 20, 2],
          [1, 0, 9, 0],
        ],
        patterns,
      ),
    ).toEqual([
      { offset: 1, pattern: 0 },
      { offset: 9, pattern: 0 },
      { offset: 20, pattern: 2 },
    ]);
  });

  it("keeps the first of equally long hits that overlap", () => {
    expect(mergeHits([[0, 0, 1, 0, 2, 0, 4, 0]], patterns)).toEqual([
      { offset: 0, pattern: 0 },
      { offset: 4, pattern: 0 },
    ]);
  });

  it("prefers a longer hit to a shorter one before it", () => {
    expect(mergeHits([[0, 1, 1, 0]], patterns)).toEqual([{ offset: 1, pattern: 0 }]);
  });
});
