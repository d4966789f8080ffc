import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { expect, it } from "vitest";
import { unpack } from "../../../runtime/util/encoding/msgpack.ts";
import { PhaseCacheError } from "../../../runtime/util/error.ts";

const read = (bytes: Uint8Array, most = 1000) => unpack(bytes, "it", most);
const bytes = (...values: number[]) => Uint8Array.from(values);

it.each([
  null,
  true,
  0,
  -1,
  -33,
  -129,
  -40_000,
  -3e9,
  127,
  200,
  40_000,
  3e9,
  2 ** 40,
  0.5,
  "",
  "x",
  "x".repeat(40),
  "x".repeat(300),
  "x".repeat(70_000),
  "caf\xe9\x00",
  [],
  Array.from({ length: 20 }, (_, i) => i),
  Array.from({ length: 70_000 }, () => 0),
  {},
  { a: { b: [1, { c: null }] } },
  Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
  Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i])),
])("decodes an encoded value: case %#", (value) => {
  expect(read(encode(value), 200_000)).toEqual(value);
});

it.each([5, 300, 70_000])("decodes %i bytes of binary data", (length) => {
  const value = new Uint8Array(length).fill(7);
  expect(read(encode(value))).toEqual(value);
});

it.each<[string, Uint8Array]>([
  ["nothing", bytes()],
  ["the unused type", bytes(0xc1)],
  ["an extension of fixed size", bytes(0xd4, 1, 0)],
  ["an extension with a length", bytes(0xc7, 1, 1, 0)],
  ["a timestamp", encode(new Date())],
  ["a truncated text", bytes(0xa5, 0x61)],
  ["a truncated length", bytes(0xdb, 0, 0)],
  ["a list that claims four billion items", bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ["a map that claims as many", bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ["a text that claims as many bytes", bytes(0xdb, 0xff, 0xff, 0xff, 0xff)],
  ["two values", bytes(1, 2)],
  ["a map with a list for a key", bytes(0x81, 0x90, 1)],
  ["the key __proto__", encode(JSON.parse('{"__proto__": 1}'))],
  ["33 nested lists", bytes(...Array.from({ length: 33 }, () => 0x91), 1)],
])("refuses %s", (_what, packed) => {
  expect(() => read(packed)).toThrow(expect.objectContaining({ code: "damaged" }));
});

it("counts the items of all lists together", () => {
  const lists = Array.from({ length: 10 }, () => [1, 2, 3]);
  expect(read(encode(lists), 41)).toEqual(lists);
  expect(() => read(encode(lists), 40)).toThrow("more than 40 items");
});

it("returns a value or throws a PhaseCacheError for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (packed) => {
      try {
        read(packed);
      } catch (error) {
        expect(error).toBeInstanceOf(PhaseCacheError);
      }
    }),
    { numRuns: 5000 },
  );
});
