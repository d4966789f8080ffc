import { describe, expect, test } from "vitest";
import { parseDeclarations } from "../../../runtime/shell/dump/declarations.ts";
import type { Variable } from "../../../runtime/shell/index.ts";

function parseOne(declaration: string): Variable | undefined {
  return parseDeclarations(`declare ${declaration}\n`).get("x");
}

function textOf(word: string): string {
  const value = parseOne(`-- x=${word}`)?.value;
  return value?.kind === "string" ? value.text : "not a string";
}

describe("attributes", () => {
  test.each([
    ["--", ""],
    ["-x", "x"],
    ["-ix", "ix"],
    ["-xi", "ix"],
    ["-rxult", "lrtux"],
    ["-c", "c"],
    ["-n", "n"],
  ])("%s", (letters, attributes) => {
    expect(parseOne(`${letters} x="1"`)).toEqual({ attributes, value: { kind: "string", text: "1" } });
  });
});

describe("values", () => {
  test.each([
    ['""', ""],
    ['"plain"', "plain"],
    ['"two\nlines"', "two\nlines"],
    ['"\\"\\$\\`\\\\"', '"$`\\'],
    ['"it\'s"', "it's"],
    ['"\x01\xff"', "\x01\xff"],
    ["$''", ""],
    ["$'\\001\\177\\377\\1\\12'", "\x01\x7f\xff\x01\n"],
    ["$'\\x41\\xfF\\x9z'", "A\xff\tz"],
    ["$'\\u20ac\\u41\\U1f600'", "\xe2\x82\xacA\xf0\x9f\x98\x80"],
    ["$'\\ca\\cA\\c[\\c?'", "\x01\x01\x1b\x7f"],
    ["$'\\a\\b\\e\\E\\f\\n\\r\\t\\v'", "\x07\b\x1b\x1b\f\n\r\t\v"],
    ["$'\\\\\\'\\\"\\?'", "\\'\"?"],
    ["$'\"$`'", '"$`'],
  ])("%s", (word, text) => {
    expect(textOf(word)).toBe(text);
  });
});

describe("arrays", () => {
  test.each([
    ["-a x=()", []],
    [
      '-a x=([0]="a" [1]="b")',
      [
        ["0", "a"],
        ["1", "b"],
      ],
    ],
    [
      "-a x=([3]=\"a b\" [9223372036854775807]=$'\\n')",
      [
        ["3", "a b"],
        ["9223372036854775807", "\n"],
      ],
    ],
    [
      '-a x=([0]=")" [1]="] [2]=")',
      [
        ["0", ")"],
        ["1", "] [2]="],
      ],
    ],
  ])("%s", (declaration, items) => {
    expect(parseOne(declaration)).toEqual({ attributes: "a", value: { kind: "indexed", items } });
  });

  test.each([
    ["-A x=()", []],
    ['-A x=([a]="1" )', [["a", "1"]]],
    [
      '-A x=([a]="1" ["b c"]="2" [$\'\\n\']="3" ["\\$"]="4")',
      [
        ["a", "1"],
        ["b c", "2"],
        ["\n", "3"],
        ["$", "4"],
      ],
    ],
    [
      '-A x=(["]"]="1" [a=b]="2" [\xe9]="3" [-n]="")',
      [
        ["]", "1"],
        ["a=b", "2"],
        ["\xe9", "3"],
        ["-n", ""],
      ],
    ],
  ])("%s", (declaration, items) => {
    expect(parseOne(declaration)).toEqual({ attributes: "A", value: { kind: "associative", items } });
  });

  test.each(["", "a", "A", "ax", "n", "i"])(
    "parses a variable with attributes %j that is unset",
    (attributes) => {
      expect(parseOne(`-${attributes || "-"} x`)).toEqual({ attributes, value: { kind: "unset" } });
    },
  );
});

test("parses several declarations, one with a value that looks like a declaration", () => {
  const text = 'declare -- a="1\ndeclare -- b=\\"2\\""\ndeclare -x c\ndeclare -a d=([0]="x")\n';
  expect([...parseDeclarations(text).keys()]).toEqual(["a", "c", "d"]);
});
