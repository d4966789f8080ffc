import { expect, it } from "vitest";
import { packedSection } from "../../../runtime/layer/formats/elf.ts";

const section = { name: 0, compressed: false, offset: 8 };
const old = Buffer.from("12345678ZLIB\0\0\0\0\0\0\0\x05packed", "latin1");

it("recognises a section in binutils' old compressed format", () => {
  expect(packedSection(old, { ...section, size: 18 })).toEqual({
    format: "zlib",
    packed: Buffer.from("packed"),
  });
  expect(packedSection(old, { ...section, offset: 7, size: 18 })).toBeNull();
  expect(packedSection(old, { ...section, size: 0 })).toBeNull();
});

it("returns the remaining contents of a section in a truncated file", () => {
  expect(packedSection(old.subarray(0, 22), { ...section, size: 1000 })).toEqual({
    format: "zlib",
    packed: Buffer.from("pa"),
  });
  expect(packedSection(old.subarray(0, 10), { ...section, size: 1000 })).toBeNull();
});
