import { expect, it } from "vitest";
import { decades, drawPlot, logScale } from "./plot.ts";

it("decades have the same length on a logarithmic scale", () => {
  const scale = logScale(1, 1000, 0, 300);
  expect([1, 10, 100, 1000].map(scale).map(Math.round)).toEqual([0, 100, 200, 300]);
});

it("the decades enclose the values", () => {
  expect(decades([0.06, 3])).toEqual([0.01, 0.1, 1, 10].map((n) => expect.closeTo(n)));
});

it("draws each series of each panel, with a point for each amount", () => {
  const panel = {
    ...{ name: "g", work: "bytes", unit: "B" as const, series: ["saving", "restoring"], taken: "" },
    points: [10e6, 5e9].map((amount) => ({ amount, seconds: [amount / 1e8, amount / 5e8], peak: 1 })),
    exponents: [1, 1],
  };
  const svg = drawPlot([panel, panel]);
  expect(svg.match(/<polyline/g)).toHaveLength(4);
  expect(svg.match(/<circle/g)).toHaveLength(8);
  expect(svg).toContain(">5 GB<");
  expect(svg).toMatch(/<title>.+<\/title>/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
