import { expect, it } from "vitest";
import { emptyState, temporaryNames } from "../../runtime/shell/index.ts";

/** What is left of `text` in a shell with a function of this code. */
function mask(code: string, text: string): string {
  const state = { ...emptyState, functions: new Map([["f", { attributes: "", text: code }]]) };
  return temporaryNames(state)(text);
}

it.each([
  ["a template", "x=$(mktemp configure.mtime.XXXXXX)", "configure.mtime.a1B2c3", "configure.mtime.XXXXXX"],
  ["none: mktemp's own", "mktemp -d", "/build/tmp.0123456789/a", "/build/tmp.XXXXXXXXXX/a"],
  [
    "one in quotes, with a directory and options",
    "mktemp -d --tmpdir=\"$d\" 'err.XXXX'",
    "/build/err.Zz09",
    "/build/err.XXXX",
  ],
  ["one behind a variable", 'mktemp "$name.XXXXXX.tmp"', "rc.abcdef.tmp", "rc.XXXXXX.tmp"],
  [
    "a name in a longer text",
    "mktemp a-XXXXX",
    "/bin:/build/a-12345/bin:/usr",
    "/bin:/build/a-XXXXX/bin:/usr",
  ],
])("%s", (_, code, text, masked) => {
  expect(mask(code, text)).toBe(masked);
});

it.each([
  ["another length", "mktemp a.XXXXXX", "a.12345"],
  ["a longer word", "mktemp a.XXXXXX", "a.1234567"],
  ["X's that mktemp is not given", "sed s/XXXXXX/y/; mktemp", "abcdef"],
  ["a template that mktemp refuses", "mktemp aXXXbX", "a123bX"],
  ["what merely is random", "mktemp a.XXXXXX", "1234567890"],
])("leaves %s", (_, code, text) => {
  expect(mask(code, text)).toBe(text);
});

it("finds templates in variables too: phases are attributes", () => {
  const value = { kind: "string", text: "mktemp log.XXX" } as const;
  const state = { ...emptyState, variables: new Map([["buildPhase", { attributes: "", value }]]) };
  expect(temporaryNames(state)("/build/log.a0Z")).toBe("/build/log.XXX");
});
