import { expect, it } from "vitest";
import { isAtLeast } from "../../runtime/nix/version.ts";

it.each([
  ["2.8.0", "2.8", true],
  ["2.26.3", "2.8", true],
  ["2.3.16", "2.8", false],
  ["3", "2.8", true],
  ["2.8", "2.8.1", false],
])("%s against %s", (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});
