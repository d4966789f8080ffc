import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../runtime/util/time.ts";

it.each([0, 400, 59_900, 60_000, 125_000, 3_600_000, 3_780_000])(
  "%d ms are read as they are written",
  (duration) => {
    expect(parseDuration(formatDuration(duration))).toBeCloseTo(duration);
  },
);

it("what is no duration is none", () => {
  expect(parseDuration("soon")).toBe(0);
});
