import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  joinColumns,
  maxNumbers,
  packNumbers,
  packTexts,
  splitColumns,
  unpackNumbers,
  unpackTexts,
  unzigzag,
  zigzag,
} from "../../../runtime/layer/index/columns.ts";
import { joinTime, parsePaxTime, splitTime } from "../../../runtime/layer/index/mtime.ts";
import { formatPax, readPax } from "../../../runtime/layer/tar/pax.ts";

describe("numbers", () => {
  it("are encoded and decoded without loss", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (values) => {
        expect(unpackNumbers(packNumbers(values), values.length)).toEqual(values);
      }),
    );
  });

  it("are encoded and decoded without loss, if signed", () => {
    fc.assert(fc.property(fc.integer(), (value) => unzigzag(zigzag(value)) === value));
    expect([-2, -1, 0, 1].map(zigzag)).toEqual([3, 1, 0, 2]);
  });

  it.each([
    ["too few", [1, 2], 3],
    ["too many", [1, 2, 3], 2],
    ["an incomplete one", [128], 1],
    ["one that is too large", [255, 255, 255, 255, 255, 255, 255, 127], 1],
  ])("are damaged: %s", (_, column, count) => {
    expect(() => unpackNumbers(Uint8Array.from(column), count)).toThrow("damaged");
  });

  it("are damaged when there are more than the limit", () => {
    const column = new Uint8Array(maxNumbers + 1);
    expect(() => unpackNumbers(column, column.length)).toThrow("damaged");
  });
});

describe("texts", () => {
  it("are encoded and decoded without loss", () => {
    const texts = ["a", "\xff\n", "c"];
    expect(unpackTexts(packTexts(texts), 3)).toEqual(texts);
    expect(unpackTexts(packTexts([]), 0)).toEqual([]);
  });

  it("are damaged when their number is wrong", () => {
    expect(() => unpackTexts(packTexts(["a", "b"]), 1)).toThrow("damaged");
    expect(() => unpackTexts(packTexts([]), 1)).toThrow("damaged");
  });
});

describe("joined columns", () => {
  const joined = Buffer.from(
    joinColumns([1, 2], [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)]),
  );

  it("are split again", () => {
    const { numbers, columns } = splitColumns(joined, 2, 3);
    expect(numbers).toEqual([1, 2]);
    expect(columns.map((column) => [...column])).toEqual([[1, 2, 3], [], [4]]);
  });

  it("are damaged when truncated, too long, or of another number", () => {
    for (let end = 0; end < joined.length; end++) {
      expect(() => splitColumns(joined.subarray(0, end), 2, 3), `${end}`).toThrow("damaged");
    }
    expect(() => splitColumns(Buffer.concat([joined, Buffer.alloc(1)]), 2, 3)).toThrow("damaged");
    expect(() => splitColumns(joined, 2, 4)).toThrow("damaged");
  });
});

describe("times", () => {
  it("are split and joined without loss", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), (time) => {
        const { seconds, nanoseconds } = splitTime(String(time));
        expect(BigInt(seconds) * 10n ** 9n + BigInt(nanoseconds)).toBe(time);
        expect(joinTime(seconds, nanoseconds)).toBe(String(time));
      }),
    );
  });

  it.each([
    ["1795242884.035100207", "1795242884035100207"],
    ["1795242884", "1795242884000000000"],
    ["1.5", "1500000000"],
    ["0.000000001", "1"],
    ["0", "0"],
    ["-0.5", "-500000000"],
    ["-315619199.5", "-315619199500000000"],
    ["1.1234567899", "1123456789"],
    ["", null],
    ["1.", null],
    [".5", null],
    ["1e9", null],
    ["+1", null],
    ["12345678901234567", null],
  ])("are parsed from pax: %s", (text, time) => {
    expect(parsePaxTime(text)).toBe(time);
  });
});

describe("extended headers", () => {
  it("are formatted and parsed without loss, also where the length's digits change the length", () => {
    for (let length = 80; length < 110; length++) {
      const records = new Map([
        ["path", "p".repeat(length)],
        ["linkpath", "a=b\nc"],
      ]);
      expect(readPax(formatPax(records), "x")).toEqual(records);
    }
  });

  it("have lengths that include their own digits", () => {
    expect(formatPax(new Map([["path", "x"]])).toString()).toBe("9 path=x\n");
    expect(formatPax(new Map([["path", "xx"]])).toString()).toBe("11 path=xx\n");
  });
});
