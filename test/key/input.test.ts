import { describe, expect, it } from "vitest";
import { type Input, parseInputs, previewOf, printableName } from "../../runtime/key/input.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { helloEnvironment, keysOf } from "./example.ts";

describe("previewOf", () => {
  it("returns a short value unchanged, but printable", () => {
    expect(previewOf("a\n\x1b[31m\xc3\xa9\xff")).toBe("a\\n\\x1b[31mé\ufffd");
  });

  it("returns the start and the end of a long value", () => {
    for (const length of [201, 5000, 1_000_000]) {
      const preview = previewOf(`start${"x".repeat(length)}end`);
      expect(preview).toHaveLength(200);
      expect(preview).toMatch(/^start.*….*end$/);
    }
    expect(previewOf("x".repeat(200))).toBe("x".repeat(200));
  });

  it("does not cut a character in two", () => {
    const smiles = Buffer.from("😀".repeat(500)).toString("latin1");
    expect(previewOf(smiles).isWellFormed()).toBe(true);
    expect(previewOf(`a${smiles}`).isWellFormed()).toBe(true);
  });
});

describe("printableName", () => {
  it("returns a text without control characters", () => {
    expect(printableName("caf\xc3\xa9\x1b")).toBe("café\\x1b");
  });
});

describe("parseInputs", () => {
  const good: Input = { name: "makeFlags", phase: 3, digest: sha256("x"), preview: "V=1" };

  it("accepts the inputs that computeKeys returns", () => {
    const { inputs } = keysOf({ ...helloEnvironment(), odd: "\x1b\xff\n", long: "x\n".repeat(1000) });
    expect(parseInputs(inputs)).toEqual(inputs);
    expect(parseInputs([])).toEqual([]);
  });

  it("drops unknown fields", () => {
    expect(parseInputs([{ ...good, extra: 1 }])).toEqual([good]);
  });

  it("makes names and previews printable", () => {
    const [input] = parseInputs([{ ...good, name: "a\x1b[2J", preview: "\u202eb\n" }]);
    expect(input).toMatchObject({ name: "a\\x1b[2J", preview: "\\u202eb\\n" });
  });

  it.each([
    null,
    "x",
    {},
    [null],
    ["x"],
    [[]],
    [{}],
    [{ ...good, name: 1 }],
    [{ ...good, name: "x".repeat(1001) }],
    [{ ...good, phase: -1 }],
    [{ ...good, phase: 0.5 }],
    [{ ...good, phase: Number.NaN }],
    [{ ...good, phase: "1" }],
    [{ ...good, digest: "abc" }],
    [{ ...good, digest: good.digest.toUpperCase() }],
    [{ ...good, preview: "x".repeat(201) }],
    [good, { ...good, preview: undefined }],
    new Array(100_001).fill(good),
  ])("refuses damaged inputs (%#)", (value) => {
    expect(() => parseInputs(value)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});
