import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  diffStates,
  emitScript,
  mergeChange,
  parseChange,
  type ShellState,
} from "../../../runtime/shell/index.ts";
import { added, changeWith, definition, text, withItems } from "../changes.ts";
import { Rig } from "../rig.ts";

describe("a valid change is accepted unchanged", () => {
  test.each([
    ["an empty change", {}],
    ["a string of all bytes", { variables: [added("x", text("\x01\n'\"$\xff"))] }],
    ["a variable removed", { variables: [{ name: "x", before: text("1"), after: null }] }],
    [
      "an array",
      {
        variables: [
          added(
            "x",
            withItems("indexed", "ax", [
              ["0", "a"],
              ["9223372036854775807", "b"],
            ]),
          ),
        ],
      },
    ],
    ["an associative array", { variables: [added("x", withItems("associative", "A", [["$(id)", "a"]]))] }],
    ["unset variables", { variables: [added("x", { attributes: "A", value: { kind: "unset" } })] }],
    [
      "a reference",
      { variables: [added("x", { attributes: "n", value: { kind: "string", text: "y[$(id)]" } })] },
    ],
    [
      "functions",
      {
        functions: [
          added("a-b:c/d", definition("a-b:c/d")),
          added("if", { attributes: "x", text: "function if () \n{ \n    :\n} > /dev/null" }),
        ],
      },
    ],
    [
      "options",
      { options: [{ name: "shopt dotglob", before: false, after: true }, added("set -o errexit", true)] },
    ],
    ["a umask", { umask: { before: "0022", after: "077" } }],
  ])("%s", (_, fields) => {
    const change = changeWith(fields);
    expect(parseChange(decode(encode(change)))).toEqual(change);
  });
});

describe("a change is refused when it sets", () => {
  test.each([
    ["a variable of the shell itself", { variables: [added("BASHPID", text("1"))] }],
    ["options through their variable", { variables: [added("SHELLOPTS", text("xtrace"))] }],
    ["PWD", { variables: [added("PWD", text("/"))] }],
    ["a variable of phasecache", { variables: [added("_phaseCacheX", text("1"))] }],
    ["a function of phasecache", { functions: [added("_phaseCacheDump", definition("_phaseCacheDump"))] }],
    [
      "the function builtin, on which the script depends",
      { functions: [added("builtin", definition("builtin"))] },
    ],
    ["an option that ends the shell", { options: [added("set -o onecmd", true)] }],
    ["an option with which the shell runs nothing", { options: [added("set -o noexec", true)] }],
  ])("%s", (_, fields) => {
    expect(() => parseChange(changeWith(fields))).toThrowError(expect.objectContaining({ code: "refused" }));
  });
});

/** The lines that a script may have besides those of the undamaged one. W stands for a quoted word. */
const settingLines = [
  /^\\builtin cd -L -- W \|\| \\builtin return 1$/,
  /^\\builtin shopt -[us]o?( [\w-]+)+$/,
  /^\\builtin umask [0-7]{3,4}$/,
  /^\\builtin unset (-[vn] [A-Za-z_]\w*|-f -- W( W)*)$/,
  /^\\builtin declare -g[aAcilnrtux]* [A-Za-z_]\w*(=W)?$/,
  /^\\builtin declare -f[rtx]* --( W)+$/,
  /^\\builtin eval -- W$/,
  /^[A-Za-z_]\w*=\(((\[(\d+|W)\]=W ?)*)\)$/,
  /^\\builtin (unalias -a|dirs -c)$/,
];

test("any damage to a stored change is detected, or leads to a script that only sets a state", () => {
  using rig = new Rig();
  const phase = "x='a b'; declare -ai a=(1 2); declare -A m=([k]=v); f() { :; }; set -f; cd /; umask 7";
  const { before, after } = rig.phase(phase);
  const stored = encode(diffStates(before, after));
  const lines = (script: string) => script.replace(/\$'[^']*'/g, "W").split("\n");
  const known = new Set(lines(scriptOf(stored, before) ?? "none"));
  expect(known.size).toBeGreaterThan(20);
  fc.assert(
    fc.property(fc.nat(stored.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(stored);
      changed[at] = byte;
      const unknown = lines(scriptOf(changed, before) ?? "").filter(
        (line) => line !== "" && !known.has(line),
      );
      expect(unknown.filter((line) => !settingLines.some((pattern) => pattern.test(line)))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

/** Returns the script for stored bytes; null when the decoder or `parseChange` detects the damage. */
function scriptOf(stored: Uint8Array, initial: ShellState): string | null {
  let value: unknown;
  try {
    value = decode(stored);
  } catch {
    return null;
  }
  try {
    return emitScript(
      mergeChange(parseChange(value), initial, { relocate: (bytes) => bytes, force: true }).result,
    );
  } catch (error) {
    expect(error).toHaveProperty("code", expect.stringMatching(/^(damaged|refused)$/));
    return null;
  }
}
