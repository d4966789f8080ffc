import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  findRandomNames,
  matchRandomNames,
  withRandomNames,
} from "../../../runtime/phase/lookup/start-places.ts";
import type { Variable } from "../../../runtime/shell/index.ts";
import { makeFolder } from "../../store/example.ts";

const text = (value: string): Variable => ({ attributes: "", value: { kind: "string", text: value } });
const list = (...values: string[]): Variable => ({
  attributes: "a",
  value: { kind: "indexed", items: values.map((value, i) => [String(i), value]) },
});

/** A build directory with directories of these names. */
function withNames(...names: string[]): string {
  const top = makeFolder();
  for (const name of names) mkdirSync(`${top}/${name}`);
  return top;
}

describe("the random names by which two values differ:", () => {
  it.each<[string, string, string, Record<string, string> | null]>([
    ["one name", "TOP/tmp.aaaaaa/x", "TOP/tmp.bbbbbb/x", { "tmp.aaaaaa": "tmp.bbbbbb" }],
    ["the same name", "TOP/tmp.bbbbbb", "TOP/tmp.bbbbbb", {}],
    ["another rest", "TOP/tmp.aaaaaa/x", "TOP/tmp.bbbbbb/y", null],
    ["another length", "TOP/tmp.aaaaaaa", "TOP/tmp.bbbbbb", null],
    ["a name that does not exist", "TOP/tmp.aaaaaa", "TOP/tmp.cccccc", null],
    ["another directory", "/tmp/tmp.aaaaaa", "/tmp/tmp.bbbbbb", null],
    ["a name that is too short", "TOP/aaaaa", "TOP/other", null],
    ["one more name", "TOP/tmp.aaaaaa", "TOP/tmp.bbbbbb TOP/tmp.bbbbbb", null],
  ])("%s: %s, %s", (_, before, after, expected) => {
    const top = withNames("tmp.bbbbbb", "other");
    const [old, now] = [before, after].map((value) => value.replaceAll("TOP", top)) as [string, string];
    const found = expected === null ? null : new Map(Object.entries(expected));
    expect(matchRandomNames(text(old), text(now), top)).toEqual(found);
    expect(matchRandomNames(list("a", old), list("a", now), top)).toEqual(found);
  });

  it("a list and a string differ otherwise", () => {
    const top = withNames("tmp.bbbbbb");
    expect(matchRandomNames(text(`${top}/tmp.aaaaaa`), list(`${top}/tmp.bbbbbb`), top)).toBeNull();
  });
});

it("relocation replaces the names, too", () => {
  const relocate = (bytes: string) => bytes.replace("old", "new");
  expect(withRandomNames(relocate, new Map())).toBe(relocate);
  const places = new Map([
    ["tmp.a", "tmp.b"],
    ["w-c", "w-d"],
  ]);
  expect(withRandomNames(relocate, places)("old tmp.a w-c tmp.a")).toBe("new tmp.b w-d tmp.b");
});

describe("the random names in variables", () => {
  const top = () => withNames("tmp.abcdef", "w-123456", "abcdef", "source-1.0");
  const found = (directory: string, ...values: Variable[]) => findRandomNames(values, directory).sort();

  it("are those of existing files in the build directory, each once", () => {
    const directory = top();
    const values = [text(`-I${directory}/tmp.abcdef/x ${directory}/w-123456`), list(`${directory}/w-123456`)];
    expect(found(directory, ...values)).toEqual(["tmp.abcdef", "w-123456"]);
  });

  it.each([
    ["that do not exist", "TOP/tmp.zzzzzz"],
    ["that are too short", "TOP/abcdef"],
    ["without a random end", "TOP/source-1.0"],
    ["in another directory", "/tmp/tmp.abcdef"],
    ["in a subdirectory", "TOP/x/tmp.abcdef"],
  ])("are not those %s", (_, value) => {
    const directory = top();
    expect(found(directory, text(value.replace("TOP", directory)))).toEqual([]);
  });

  it("are none in an unset variable", () => {
    expect(found(top(), { attributes: "", value: { kind: "unset" } })).toEqual([]);
  });
});
