import fc from "fast-check";
import { expect, it } from "vitest";
import type { AttributeValue } from "../../runtime/key/derivation/attributes.ts";
import { digestOf, netstring, valueParts } from "../../runtime/key/encode.ts";

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
/** Parts that look like parts of an encoding are the most likely to be confused. */
const part = fc.oneof(bytes, fc.constantFrom("", "0:,", "1:a,", ",", "text", "list", "json"));
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  part,
  fc.array(part),
  part.map((json) => ({ json })),
);

it("netstrings have their length in bytes", () => {
  expect(netstring("hello")).toBe("5:hello,");
  expect(netstring("\xff\n")).toBe("2:\xff\n,");
  expect(netstring("")).toBe("0:,");
});

it("digests are equal only for equal parts", () => {
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (a, b) => {
      expect(digestOf(a) === digestOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

it("values of different kinds have different parts", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(digestOf(valueParts(a)) === digestOf(valueParts(b))).toBe(
        JSON.stringify(a) === JSON.stringify(b),
      );
    }),
  );
});
