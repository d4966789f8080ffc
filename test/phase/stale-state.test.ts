import { describe, expect, it } from "vitest";
import { wideForm } from "../../runtime/layer/relocation/forms.ts";
import { findStaleState, referencePatterns } from "../../runtime/phase/stale-state.ts";
import type { StatePlan, Variable } from "../../runtime/shell/index.ts";
import { sha256 } from "../../runtime/util/hash.ts";

const [old, now] = ["0123456789abcdfghijklmnpqrsvwxyz", "1a3b5c7d9f0g2h4i6j8k0l1m2n3p4q5r"] as const;
const outputsOf = (hash: string) => ({ out: `/nix/store/${hash}-hello-1.0` });
const [before, after] = [outputsOf(old), outputsOf(now)];

const text = (value: string): Variable => ({ attributes: "", value: { kind: "string", text: value } });

/** A plan that sets these variables and functions. */
function plan(variables: Record<string, Variable | null>, functions: Record<string, string> = {}): StatePlan {
  return {
    variables: Object.entries(variables).map(([name, wanted]) => ({ name, current: null, wanted })),
    functions: Object.entries(functions).map(([name, body]) => {
      return { name, current: null, wanted: { attributes: "", text: body } };
    }),
    options: [],
    umask: "0022",
    cwd: "/build",
  };
}

describe("a variable that contains", () => {
  it.each<[title: string, value: string, stale: boolean]>([
    ["the new output path", after.out, false],
    ["the old output path", before.out, true],
    ["the compiler's random seed of the old output", `-frandom-seed=${old.slice(0, 10)}`, true],
    ["the old hash in UTF-16", wideForm(old, 1), true],
    ["the old hash in base64", Buffer.from(`${old}`).toString("base64"), true],
    ["a digest of the old path", `id=${sha256(before.out)}`, true],
    ["a digest of the new path", `id=${sha256(after.out)}`, false],
    ["the first seven characters of the old hash as a word", `build-${old.slice(0, 7)}.log`, true],
    ["the first seven characters in a longer word", `x${old.slice(0, 7)}`, false],
    ["the first six characters", old.slice(0, 6), false],
    ["other text", "-O2", false],
  ])("%s", (_, value, stale) => {
    const found = findStaleState(plan({ ID: text(value) }), before, after);
    if (stale) expect(found).toContain("ID");
    else expect(found).toBeNull();
    expect(findStaleState(plan({ ID: text(value) }), before, before)).toBeNull();
  });

  it("of any type is checked", () => {
    const items: [string, string][] = [["0", `x ${sha256(before.out)}`]];
    const found = (variable: Variable | null) => findStaleState(plan({ ID: variable }), before, after);
    expect(found({ attributes: "a", value: { kind: "indexed", items } })).toContain("ID");
    expect(found({ attributes: "A", value: { kind: "associative", items: [[old, ""]] } })).toContain("ID");
    expect(found({ attributes: "", value: { kind: "unset" } })).toBeNull();
    expect(found(null)).toBeNull();
  });
});

it("a function is checked by its name and its text", () => {
  const found = (name: string, body: string) => findStaleState(plan({}, { [name]: body }), before, after);
  expect(found("install", `install () \n{ \n    cp x ${sha256(before.out)}\n}`)).toContain("install");
  expect(found(`logs${old.slice(0, 7)}`, "x () { :; }")).toBeNull();
  expect(found(`log-${old.slice(0, 7)}`, "x () { :; }")).toContain("log-");
  expect(found("install", "install () { :; }")).toBeNull();
});

describe("the patterns of outputs", () => {
  it("are none for the build's own outputs", () => {
    expect(referencePatterns(before, before)).toEqual([]);
    expect(referencePatterns({}, after)).toEqual([]);
  });

  it("are those of the outputs that differ", () => {
    const dev = { dev: `/nix/store/${"2".repeat(32)}-hello-1.0-dev` };
    const traces = referencePatterns({ ...before, ...dev }, { ...after, ...dev });
    expect(traces).toContain(old);
    expect(traces).toContain(`-frandom-seed=${old.slice(0, 10)}`);
    expect(traces.some((trace) => trace.includes("2".repeat(32)))).toBe(false);
    expect(traces).toContain(wideForm(old, 3));
  });
});
