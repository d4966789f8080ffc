import fc from "fast-check";
import { expect, it } from "vitest";
import { ageText, parseAge, parseSize, sizeText } from "../../runtime/util/units.ts";

it.each([
  ["0", 0],
  ["1000", 1000],
  ["1K", 1024],
  ["500M", 500 * 1024 ** 2],
  ["20G", 20 * 1024 ** 3],
  ["20g", 20 * 1024 ** 3],
  ["2T", 2 * 1024 ** 4],
  ["1.5G", 1.5 * 1024 ** 3],
  ["20 GiB", 20 * 1024 ** 3],
  ["20.0 GiB", 20 * 1024 ** 3],
])("parses the size %s", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(["", "G", "-1", "1P", "1 GB", "1e9", "1iB", " 1", "1.", "NaN", "99999999T"])(
  "refuses the size %j",
  (text) => {
    expect(() => parseSize(text)).toThrow(
      expect.objectContaining({ code: "usage", hint: expect.any(String) }),
    );
  },
);

it.each([
  ["30s", 30_000],
  ["15min", 900_000],
  ["12h", 12 * 3_600_000],
  ["7d", 7 * 86_400_000],
  ["2w", 14 * 86_400_000],
  ["1.5h", 5_400_000],
])("parses the age %s", (text, milliseconds) => {
  expect(parseAge(text)).toBe(milliseconds);
});

it.each(["", "7", "7D", "-1d", "1y", "d", "1 month"])("refuses the age %j", (text) => {
  expect(() => parseAge(text)).toThrow(expect.objectContaining({ code: "usage", hint: expect.any(String) }));
});

it("refuses the unit m as ambiguous", () => {
  expect(() => parseAge("5m")).toThrow("may mean minutes or months");
});

it.each([
  [0, "0"],
  [1000, "1000"],
  [1536 * 1024 ** 2, "1536M"],
  [20 * 1024 ** 3, "20G"],
])("formats %i bytes as %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

it.each([
  [0, "0s"],
  [90_000, "90s"],
  [5_400_000, "90min"],
  [30 * 86_400_000, "30d"],
  [14 * 86_400_000, "2w"],
])("formats %i milliseconds as %s", (milliseconds, text) => {
  expect(ageText(milliseconds)).toBe(text);
});

it("parses every formatted value exactly", () => {
  fc.assert(fc.property(fc.nat(2 ** 45), (bytes) => parseSize(sizeText(bytes)) === bytes));
  fc.assert(fc.property(fc.nat(1e9), (seconds) => parseAge(ageText(seconds * 1000)) === seconds * 1000));
});
