import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { describeChange, diffStates } from "../../runtime/shell/index.ts";
import { Rig } from "./rig.ts";

const setup =
  "kept=1; changed=1; gone=1; readonly fixed=1; f() { :; }; g() { :; }; declare -A m=([a]=1 [b]=2)";
const phase = `changed=2; unset gone; new=$'\\e[31m'; export kept_not=; f() { echo; }; unset -f g; h() { :; }
m=([b]=2 [a]=1); shopt -s dotglob; set -f; set +f; umask 077; cd /`;

function diff() {
  using rig = new Rig();
  const { before, after } = rig.phase(phase, { setup });
  return diffStates(before, after);
}

test("a change has everything that differs, before and after, and nothing else", () => {
  const { variables, functions, options, umask, cwd } = diff();
  const string = (text: string, attributes = "") => ({ attributes, value: { kind: "string", text } });
  expect(variables.filter(({ name }) => name !== "OLDPWD")).toEqual([
    { name: "changed", before: string("1"), after: string("2") },
    { name: "gone", before: string("1"), after: null },
    { name: "kept_not", before: null, after: string("", "x") },
    { name: "new", before: null, after: string("\x1b[31m") },
  ]);
  expect(functions.map(({ name, before, after }) => [name, before !== null, after !== null])).toEqual([
    ["f", true, true],
    ["g", true, false],
    ["h", false, true],
  ]);
  expect(options).toEqual([{ name: "shopt dotglob", before: false, after: true }]);
  expect(umask).toEqual({ before: "0022", after: "0077" });
  expect(cwd).toEqual({ before: expect.stringMatching(/\/work$/), after: "/" });
});

test("a phase that changes nothing has an empty change", () => {
  using rig = new Rig();
  const { before, after } = rig.phase(":", { setup });
  const change = diffStates(before, after);
  expect(change).toMatchObject({ variables: [], functions: [], options: [] });
  expect(describeChange(change)).toEqual([]);
});

test("variables that were readonly before are left out", () => {
  using rig = new Rig();
  const { before, after } = rig.phase("export fixed; readonly later=1", { setup });
  expect(diffStates(before, after).variables.map(({ name }) => name)).toEqual(["later"]);
});

test("a change can be encoded as MessagePack", () => {
  const change = diff();
  expect(decode(encode(change))).toEqual(change);
});

describe("a description", () => {
  test("has one printable line for each setting that changed", () => {
    const described = describeChange(diff()).filter(({ name }) => name !== "OLDPWD");
    expect(described).toEqual([
      { kind: "variable", name: "changed", before: "1", after: "2" },
      { kind: "variable", name: "gone", before: "1", after: null },
      { kind: "variable", name: "kept_not", before: null, after: "-x" },
      { kind: "variable", name: "new", before: null, after: "\\x1b[31m" },
      { kind: "function", name: "f", before: "4 lines", after: "4 lines" },
      { kind: "function", name: "g", before: "4 lines", after: null },
      { kind: "function", name: "h", before: null, after: "4 lines" },
      { kind: "option", name: "shopt dotglob", before: "off", after: "on" },
      { kind: "umask", name: "umask", before: "0022", after: "0077" },
      { kind: "cwd", name: "working directory", before: expect.stringMatching(/work$/), after: "/" },
    ]);
  });

  test("is short", () => {
    using rig = new Rig();
    const { before, after } = rig.phase("printf -v x '%9999s' y; a=(\"$x\" b); declare -A m=([k]='v w')");
    const [a, m, x] = describeChange(diffStates(before, after));
    expect(x?.after).toHaveLength(200);
    expect(a?.after?.length).toBeLessThan(210);
    expect(m?.after).toBe("-A ([k]=v w)");
  });
});
