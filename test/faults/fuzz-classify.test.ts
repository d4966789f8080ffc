import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { classify } from "../../runtime/layer/classification/classify-file.ts";
import { contentFlagsOf } from "../../runtime/layer/classification/content-flags.ts";
import { findInside } from "../../runtime/layer/classification/inside.ts";
import { unpackLz4 } from "../../runtime/layer/formats/lz4.ts";
import { verdicts } from "../../runtime/layer/index/file-class.ts";
import { findTokens } from "../../runtime/layer/relocation/tokens.ts";
import { fuzz, mutated } from "./harness/fuzz.ts";

const hash = "vx7k2p9qcnz4r1sdh8wy5lb3a6fgjimc";
const header = (size: number) => `${"m/".padEnd(48)}${String(size).padEnd(10)}\`\n`;
const elf = Buffer.alloc(256);
elf.write("\x7fELF\x02\x01\x01", "latin1");
elf.writeBigUInt64LE(64n, 40);
elf.writeUInt16LE(64, 58);
elf.writeUInt16LE(2, 60);
const zip = Buffer.from(`PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0${hash}`, "latin1");

/** Files of the formats that are read, as far as their headers go. */
const files = fc
  .constantFrom<Buffer>(
    elf,
    zip,
    Buffer.from(`!<arch>\n${header(64)}${hash}${hash}${header(10)}0123456789`, "latin1"),
    Buffer.concat([
      Buffer.from("\xde\x12\x04\x95\0\0\0\0\x02\0\0\0\x1c\0\0\0\x2c\0\0\0", "latin1"),
      Buffer.alloc(64),
    ]),
    Buffer.concat([
      Buffer.from("MZ"),
      Buffer.alloc(0x3a),
      Buffer.from("\x40\0\0\0PE\0\0", "latin1"),
      Buffer.alloc(250),
    ]),
    gzipSync(`${hash} ${hash}`),
    Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\x20zTXt", "latin1"),
      Buffer.from(hash),
      Buffer.alloc(12),
    ]),
    Buffer.from(`\x04\x22\x4d\x18\x60\x40\x82\x24\0\0\0\xf0\x11${hash}\x20\0\0\0\0\0`, "latin1"),
    Buffer.concat([
      Buffer.from("m".padEnd(124, "\0")),
      Buffer.from("77777777777\0"),
      Buffer.alloc(121),
      Buffer.from("ustar\0"),
      Buffer.alloc(300),
    ]),
  )
  .map((file) => new Uint8Array(Buffer.concat([file, Buffer.from(hash)])));

it("no file, however damaged, breaks what looks at its format", () => {
  const inputs = fc.tuple(mutated(files), fc.array(fc.nat(600), { maxLength: 4 }));
  fuzz("classifier", inputs, 4_000, ([bytes, offsets]) => {
    const file = Buffer.from(bytes);
    const hits = offsets.filter((at) => at < file.length).sort((a, b) => a - b);
    const { verdict, kind } = classify(file, hits);
    expect(verdicts).toContain(verdict);
    expect(kind).toMatch(/^[A-Za-z0-9][A-Za-z0-9 .-]{0,40}$/);
    contentFlagsOf(file, true);
    contentFlagsOf(file, false);
    findTokens(file, true, true, ({ digest }) => expect(digest).toMatch(/^[0-9a-f]+$/));
    const budget = { bytes: 1 << 20 };
    const found = findInside(file, (part) => part.includes(hash), { xz: null, bzip2: null }, budget);
    expect(budget.bytes).toBeGreaterThan(-(64 << 20));
    return typeof found === "object" && found !== null;
  });
});

it("no LZ4 frame makes more than its limit", () => {
  const frame = fc.constant(
    new Uint8Array(
      Buffer.from(`\x04\x22\x4d\x18\x60\x40\x82\x24\0\0\0\xf0\x11${hash}\x20\0\0\0\0\0`, "latin1"),
    ),
  );
  fuzz("LZ4", mutated(frame), 4_000, (bytes) => {
    try {
      const plain = unpackLz4(Buffer.from(bytes), 1000);
      expect(plain.length).toBeLessThanOrEqual(1000);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return false;
    }
  });
});
