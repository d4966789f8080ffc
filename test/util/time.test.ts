import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../runtime/util/time.ts";

it.each([0, 400, 59_900, 60_000, 125_000, 3_600_000, 3_780_000])(
  "parses %d ms as it formats them",
  (duration) => {
    expect(parseDuration(formatDuration(duration))).toBeCloseTo(duration);
  },
);

it("parses any other text as 0", () => {
  expect(parseDuration("soon")).toBe(0);
});
