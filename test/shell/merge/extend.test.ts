import { describe, expect, test } from "vitest";
import type { Value } from "../../../runtime/shell/index.ts";
import { extend } from "../../../runtime/shell/merge/extend.ts";
import type { Item } from "../../../runtime/shell/state.ts";

const string = (text: string): Value => ({ kind: "string", text });
const list = (...values: string[]): Value => ({
  kind: "indexed",
  items: values.map((v, i): Item => [`${i}`, v]),
});
const map = (items: Record<string, string>): Value => ({ kind: "associative", items: Object.entries(items) });

describe("the extension of a string is applied to the new value", () => {
  test.each([
    [
      "PATH, at the start",
      "/a/bin:/b/bin",
      "/build/bin:/a/bin:/b/bin",
      "/c/bin:/a/bin",
      "/build/bin:/c/bin:/a/bin",
    ],
    ["PATH, at the end", "/a/bin", "/a/bin:/build/bin", "/c/bin", "/c/bin:/build/bin"],
    ["flags, += with a space", "-O2", "-O2 -DX", "-O3", "-O3 -DX"],
    ["flags that start with a space", " -O2", " -O2 -DX", " -O3", " -O3 -DX"],
    ["flags at the start", "--a --b", "--prefix=/x --a --b", "--a", "--prefix=/x --a"],
    ["at both ends", "b", "a\nb\nc", "B B", "a\nB B\nc"],
    ["to an empty value", "b", "a b", "", "a "],
    ["where it occurs once as a word, and once in a word", "bin", "sbin bin", "new", "sbin new"],
  ])("%s", (_, old, final, initial, expected) => {
    expect(extend(string(old), string(final), string(initial))).toEqual(string(expected));
  });
});

describe("a string is not extended", () => {
  test.each([
    ["by a change in its middle", "a c", "a b c"],
    ["when it was empty", "", "-DX"],
    ["when it is a part of a word", "1", "21"],
    ["when it starts a longer word", "-O", "-O2 -g"],
    ["when other text follows it directly", "-lfoo", "-lfoobar"],
    ["when it occurs twice", "-g", "-g -O2 -g"],
    ["when it could be either end", "-g", "-g -g"],
    ["when it is missing", "a", "b"],
    ["when it got shorter", "a b", "a"],
  ])("%s", (_, old, final) => {
    expect(extend(string(old), string(final), string("new"))).toBeNull();
  });
});

describe("arrays", () => {
  test.each([
    ["at the end", ["a"], ["a", "f"], ["b", "c"], ["b", "c", "f"]],
    ["at the start", ["a", "b"], ["f", "a", "b"], ["c"], ["f", "c"]],
    ["at both ends", ["a"], ["x", "a", "y"], [], ["x", "y"]],
  ])("extended %s", (_, old, final, initial, expected) => {
    expect(extend(list(...old), list(...final), list(...initial))).toEqual(list(...expected));
  });

  test.each([
    ["when it was empty", [], ["f"]],
    ["in its middle", ["a", "b"], ["a", "x", "b"]],
    ["when it could be either end", ["a"], ["a", "a"]],
    ["when an element is missing", ["a", "b"], ["b"]],
  ])("not %s", (_, old, final) => {
    expect(extend(list(...old), list(...final), list("n"))).toBeNull();
  });

  test("sparse arrays are not extended", () => {
    const sparse: Value = { kind: "indexed", items: [["3", "a"]] };
    expect(extend(sparse, list("a", "b"), list("n"))).toBeNull();
    expect(
      extend(
        list("a"),
        {
          kind: "indexed",
          items: [
            ["0", "a"],
            ["2", "b"],
          ],
        },
        list("n"),
      ),
    ).toBeNull();
    expect(extend(list("a"), list("a", "b"), sparse)).toBeNull();
  });
});

describe("associative arrays", () => {
  test("keys are added", () => {
    expect(extend(map({ a: "1" }), map({ a: "1", b: "2" }), map({ a: "3", c: "4" }))).toEqual(
      map({ a: "3", c: "4", b: "2" }),
    );
    expect(extend(map({}), map({ b: "2" }), map({ b: "2", c: "" }))).toEqual(map({ b: "2", c: "" }));
  });

  test.each([
    ["a key is missing", { a: "1", b: "2" }, { a: "1" }, {}],
    ["a value changed", { a: "1" }, { a: "2", b: "2" }, {}],
    ["a new key exists here with another value", {}, { b: "2" }, { b: "3" }],
  ])("not when %s", (_, old, final, initial) => {
    expect(
      extend(map(old), map(final as Record<string, string>), map(initial as Record<string, string>)),
    ).toBeNull();
  });
});

test("a value of another kind is not an extension", () => {
  expect(extend(string("a"), list("a", "b"), string("n"))).toBeNull();
  expect(extend(string("a"), string("a b"), list("n"))).toBeNull();
  expect(extend({ kind: "unset" }, string("a"), string("n"))).toBeNull();
  expect(extend(map({ a: "1" }), map({ a: "1", b: "2" }), { kind: "unset" })).toBeNull();
});
