import { describe, expect, it } from "vitest";
import { growthExponent, isReached, median, summarize } from "./statistics.ts";

describe("median", () => {
  it("is the middle value, or the mean of the two middle values", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 2, 4])).toBe(3);
  });

  it("of no values is an error", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("summarize", () => {
  it("computes the ratio of each pair, so that a slow pair does not change it", () => {
    const { ours, theirs, ratio } = summarize([
      [1, 2],
      [10, 20],
      [2, 2],
    ]);
    expect([ours, theirs]).toEqual([2, 2]);
    expect(ratio).toEqual({ median: 0.5, least: 0.5, most: 1 });
  });

  it("has no ratio when there is no alternative", () => {
    expect(summarize([[7, null]])).toEqual({ ours: 7, theirs: null, ratio: null });
  });
});

describe("isReached", () => {
  const summary = summarize([[0.2, 0.1]]);

  it.each([
    [{ ratio: 2 }, true],
    [{ ratio: 1.9 }, false],
    [{ value: 0.2 }, true],
    [{ ratio: 3, value: 0.1 }, false],
    [{ ratio: 1, value: 0.3 }, false],
  ])("%j: %s", (target, reached) => expect(isReached(summary, target)).toBe(reached));

  it("an unknown ratio does not reach the target", () => {
    expect(isReached(summarize([[1, null]]), { ratio: 5 })).toBe(false);
  });
});

describe("growthExponent", () => {
  const grown = (exponent: number) => [1, 10, 100].map((work) => [work, 3 * work ** exponent] as const);

  it.each([0.5, 1, 2])("finds the exponent %d", (exponent) =>
    expect(growthExponent(grown(exponent))).toBeCloseTo(exponent),
  );

  it("ignores points that cost start-up time alone", () => {
    expect(growthExponent([[1, 0.05], [10, 0.05], ...grown(1).slice(1)])).toBeCloseTo(1);
    expect(
      growthExponent([
        [1, 1],
        [100, 1.5],
      ]),
    ).toBeNull();
  });
});
