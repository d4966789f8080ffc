import { expect, it } from "vitest";
import { packedSection } from "../../../runtime/layer/formats/elf.ts";

const section = { name: 0, compressed: false, offset: 8 };
const old = Buffer.from("12345678ZLIB\0\0\0\0\0\0\0\x05packed", "latin1");

it("tells a section that binutils packed before there was a flag", () => {
  expect(packedSection(old, { ...section, size: 18 })).toEqual({
    format: "zlib",
    packed: Buffer.from("packed"),
  });
  expect(packedSection(old, { ...section, offset: 7, size: 18 })).toBeNull();
  expect(packedSection(old, { ...section, size: 0 })).toBeNull();
});

it("tells it in a file that is cut off, too: what is left of it is searched", () => {
  expect(packedSection(old.subarray(0, 22), { ...section, size: 1000 })).toEqual({
    format: "zlib",
    packed: Buffer.from("pa"),
  });
  expect(packedSection(old.subarray(0, 10), { ...section, size: 1000 })).toBeNull();
});
