import { describe, expect, it } from "vitest";
import { withReport } from "./document.ts";
import { type Measure, Skipped } from "./measure.ts";
import { merge, panelOf, rowOf } from "./results.ts";
import { takeMeasure } from "./run.ts";
import { formatGrowth, formatRows, formatValue } from "./table.ts";

const now = new Date("2026-01-02T03:04:05Z");
const measure: Measure = {
  ...{ name: "x", what: "this", against: "a | b", unit: "s", target: { ratio: 1 }, pairs: 2, warmUp: true },
  open: async () => {
    const calls: string[] = [];
    const side = (name: string, value: number) => async () => {
      calls.push(name);
      return value + calls.length;
    };
    return { ours: side("ours", 0), theirs: side("theirs", 100), [Symbol.asyncDispose]: async () => {} };
  },
};

describe("takeMeasure", () => {
  it("alternates between the sides and discards the warm-up pair", async () => {
    expect(await takeMeasure(measure, () => {})).toEqual({
      pairs: [
        [3, 104],
        [5, 106],
      ],
    });
  });

  it("returns the reason for a skipped measure, and passes errors on", async () => {
    const failing = (error: Error): Measure => ({ ...measure, open: () => Promise.reject(error) });
    expect(await takeMeasure(failing(new Skipped("no x")), () => {})).toEqual({ skipped: "no x" });
    await expect(takeMeasure(failing(new Error("broken")), () => {})).rejects.toThrow("broken");
  });
});

describe("the table", () => {
  it("contains values, ratios and targets, and escapes vertical bars", () => {
    const row = rowOf(
      measure,
      {
        pairs: [
          [1, 2],
          [3, 4],
        ],
      },
      now,
    );
    const line = formatRows([row]).split("\n")[2];
    expect(line).toBe("| this | a \\| b | 2.00 s | 3.00 s | 0.63 | 0.50 to 0.75 | ratio ≤ 1 | reached |");
  });

  it("contains the reason for a skipped row", () => {
    expect(formatRows([rowOf(measure, { skipped: "no x" }, now)])).toContain("skipped: no x");
  });

  it.each([
    [0.0621, "s", "0.062 s"],
    [1.926, "s", "1.93 s"],
    [132.4, "s", "132 s"],
    [2048, "B", "2.0 KiB"],
  ] as const)("%d %s is %s", (value, unit, text) => expect(formatValue(value, unit)).toBe(text));

  it("shows how the cost grows", () => {
    const growth = {
      ...{ name: "g", work: "files", unit: "" as const, amounts: [], series: ["saving"] },
      measure: async () => ({ seconds: [], peak: 0 }),
    };
    const points = [10, 1000].map((amount) => ({ amount, seconds: [amount / 10], peak: 1024 * amount }));
    const lines = formatGrowth([panelOf(growth, points, now)]).split("\n");
    expect(lines.slice(-2)).toEqual([
      "| files | saving | 10: 1.00 s | 1,000: 100 s | start-up alone |",
      "| files | peak memory | 10: 10.0 KiB | 1,000: 1000.0 KiB |  |",
    ]);
  });
});

it("a new row replaces the old one, and rows whose measure no longer exists are dropped", () => {
  const row = (name: string, taken: number) => ({ name, taken });
  const old = [row("removed", 1), row("c", 1), row("a", 1)];
  expect(merge(old, row("c", 2), ["a", "b", "c"])).toEqual([row("a", 1), row("c", 2)]);
});

describe("withReport", () => {
  const document =
    "before\n<!-- npm run bench writes what follows -->\nold\n<!-- npm run bench writes what comes before -->\nafter";

  it("replaces only the text between the marks", () => {
    const once = withReport(document, "new");
    expect(once).toBe(document.replace("old", "new"));
    expect(withReport(once, "new")).toBe(once);
  });

  it("a document without marks is an error", () => {
    expect(() => withReport("before", "new")).toThrow("no place");
  });
});
