import { expect, it } from "vitest";
import { emptyState, temporaryNames } from "../../runtime/shell/index.ts";

/** Returns `text` after masking, in a shell that has a function with this code. */
function mask(code: string, text: string): string {
  const state = { ...emptyState, functions: new Map([["f", { attributes: "", text: code }]]) };
  return temporaryNames(state)(text);
}

it.each([
  [
    "a name from a template",
    "x=$(mktemp configure.mtime.XXXXXX)",
    "configure.mtime.a1B2c3",
    "configure.mtime.XXXXXX",
  ],
  [
    "a name from mktemp's default template",
    "mktemp -d",
    "/build/tmp.0123456789/a",
    "/build/tmp.XXXXXXXXXX/a",
  ],
  [
    "a name from a template in quotes, with a directory and options",
    "mktemp -d --tmpdir=\"$d\" 'err.XXXX'",
    "/build/err.Zz09",
    "/build/err.XXXX",
  ],
  [
    "a name from a template that starts with a variable",
    'mktemp "$name.XXXXXX.tmp"',
    "rc.abcdef.tmp",
    "rc.XXXXXX.tmp",
  ],
  [
    "a name in a longer text",
    "mktemp a-XXXXX",
    "/bin:/build/a-12345/bin:/usr",
    "/bin:/build/a-XXXXX/bin:/usr",
  ],
])("masks %s", (_, code, text, masked) => {
  expect(mask(code, text)).toBe(masked);
});

it.each([
  ["a name of another length", "mktemp a.XXXXXX", "a.12345"],
  ["a longer word", "mktemp a.XXXXXX", "a.1234567"],
  ["a run of X that is not an argument of mktemp", "sed s/XXXXXX/y/; mktemp", "abcdef"],
  ["a template that mktemp refuses", "mktemp aXXXbX", "a123bX"],
  ["other random text", "mktemp a.XXXXXX", "1234567890"],
])("leaves %s", (_, code, text) => {
  expect(mask(code, text)).toBe(text);
});

it("finds templates in variables, too, because phases may be attributes", () => {
  const value = { kind: "string", text: "mktemp log.XXX" } as const;
  const state = { ...emptyState, variables: new Map([["buildPhase", { attributes: "", value }]]) };
  expect(temporaryNames(state)("/build/log.a0Z")).toBe("/build/log.XXX");
});
