import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  parseEnvironment,
  plainAttributes,
  splitWords,
  structuredAttributes,
  textOfValue,
  wordsOfValue,
} from "../../../runtime/key/derivation/attributes.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "phasecache-attributes-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, contents: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

describe("parseEnvironment", () => {
  it("preserves every byte of a value", () => {
    const block = Buffer.from("A=x=y\nz\0B=\xff\x1b\0C=\0", "latin1");
    expect([...parseEnvironment(block)]).toEqual([
      ["A", "x=y\nz"],
      ["B", "\xff\x1b"],
      ["C", ""],
    ]);
  });

  it("leaves out entries that are not variables", () => {
    expect(parseEnvironment(Buffer.from("A=1\0nonsense\0=x\0")).size).toBe(1);
    expect(parseEnvironment(Buffer.alloc(0)).size).toBe(0);
  });
});

describe("plainAttributes", () => {
  it("reads the exact bytes of passAsFile files", () => {
    const path = file(".attr-1", Buffer.from("\xff\nend\n\n", "latin1"));
    const attributes = plainAttributes(
      new Map([
        ["passAsFile", "postInstall other"],
        ["postInstallPath", path],
        ["otherPath", file(".attr-2", "")],
        ["unrelatedPath", "/x"],
      ]),
    );
    expect(Object.fromEntries(attributes)).toEqual({
      other: { file: "" },
      passAsFile: "postInstall other",
      postInstall: { file: "\xff\nend\n\n" },
      unrelatedPath: "/x",
    });
  });

  it("throws when such a file is missing", () => {
    const path = join(directory, ".attr-missing");
    const environment = new Map([
      ["passAsFile", "x"],
      ["xPath", path],
    ]);
    expect(() => plainAttributes(environment)).toThrow(path);
  });
});

describe("structuredAttributes", () => {
  const read = (json: unknown, environment: [string, string][] = []) =>
    structuredAttributes(new Map(environment), file("json", JSON.stringify(json))).attributes;

  it("distinguishes texts, lists of texts and other values", () => {
    const attributes = read({ text: "a b", list: ["a", "b"], yes: true, mixed: ["a", 1], deep: { x: [] } });
    expect(Object.fromEntries(attributes)).toEqual({
      text: "a b",
      list: ["a", "b"],
      yes: { json: "true" },
      mixed: { json: '["a",1]' },
      deep: { json: '{"x":[]}' },
    });
  });

  it("makes each member of env an attribute", () => {
    const attributes = read({ env: { CFLAGS: "-O2" }, name: "x" });
    expect(attributes.get("env.CFLAGS")).toBe("-O2");
    expect(attributes.has("env")).toBe(false);
  });

  it("adds the variables that only the environment has", () => {
    const attributes = read({ name: "x" }, [
      ["NIX_STORE", "/nix/store"],
      ["name", "other"],
    ]);
    expect(attributes.get("NIX_STORE")).toBe("/nix/store");
    expect(attributes.get("name")).toBe("x");
  });

  it("encodes names and texts as UTF-8", () => {
    expect(read({ description: "é" }).get("description")).toBe("\xc3\xa9");
  });

  it("distinguishes large integers that are equal as doubles", () => {
    const of = (digits: string) =>
      structuredAttributes(
        new Map(),
        file("numbers", `{"n": ${digits}, "f": 0.12345678901234567890, "s": "\\"${digits}"}`),
      ).attributes;
    expect(of("9007199254740993").get("n")).not.toEqual(of("9007199254740992").get("n"));
    expect(of("-9007199254740993").get("s")).toBe('"-9007199254740993');
    expect(of("12").get("n")).toEqual({ json: "12" });
  });

  it.each(["[]", "null", "{", '"x"'])("refuses %s", (text) => {
    const path = file("bad", text);
    expect(() => structuredAttributes(new Map(), path)).toThrow(/JSON/);
  });
});

describe("values", () => {
  it("are split as bash does", () => {
    expect(splitWords("  a\tb\n\nc\u00a0d ")).toEqual(["a", "b", "c\u00a0d"]);
    expect(splitWords("")).toEqual([]);
  });

  it("of every kind can be converted to words and to a text", () => {
    expect(wordsOfValue("a b")).toEqual(["a", "b"]);
    expect(wordsOfValue(["a b", "c"])).toEqual(["a b", "c"]);
    expect(wordsOfValue({ json: "true" })).toEqual(["true"]);
    expect(textOfValue(["a b", "c"])).toBe("a b c");
    expect(textOfValue({ json: "true" })).toBe("true");
  });
});
