import { describe, expect, it } from "vitest";
import type { AttributeValue } from "../../runtime/key/derivation/attributes.ts";
import { readHookOptions } from "../../runtime/key/hook-options.ts";
import { standardPhases } from "./example.ts";

function read(attributes: Record<string, AttributeValue>) {
  return readHookOptions({ attributes: new Map(Object.entries(attributes)) }, standardPhases);
}

const defaults = read({}).options;

describe("readHookOptions", () => {
  it("has defaults that change nothing", () => {
    expect(read({}).problems).toEqual([]);
    expect(defaults).toEqual({
      phaseCacheDir: null,
      phaseCachePhases: null,
      phaseCacheIgnore: [],
      phaseCacheFirstUse: new Map(),
      phaseCacheCheckInputs: [],
      phaseCacheThrough: null,
      phaseCacheStrict: false,
      phaseCacheQuiet: false,
      phaseCacheVerify: false,
    });
  });

  it.each<[string, AttributeValue, unknown]>([
    ["phaseCacheStrict", "", false],
    ["phaseCacheStrict", { json: "false" }, false],
    ["phaseCacheQuiet", "1", true],
    ["phaseCacheVerify", "1", true],
    ["phaseCacheDir", "/cache", "/cache"],
    ["phaseCacheDir", "", null],
    ["phaseCachePhases", "buildPhase installPhase", ["buildPhase", "installPhase"]],
    ["phaseCachePhases", ["buildPhase"], ["buildPhase"]],
    ["phaseCachePhases", "", []],
    ["phaseCachePhases", { json: '[["buildPhase"],"installPhase"]' }, ["buildPhase", "installPhase"]],
    ["phaseCacheIgnore", "FOO BAR", ["FOO", "BAR"]],
    ["phaseCacheIgnore", ["FOO"], ["FOO"]],
    [
      "phaseCacheFirstUse",
      "FOO=installPhase BAR=buildPhase",
      new Map([
        ["FOO", ["installPhase"]],
        ["BAR", ["buildPhase"]],
      ]),
    ],
    ["phaseCacheFirstUse", ["FOO=installPhase"], new Map([["FOO", ["installPhase"]]])],
    [
      "phaseCacheFirstUse",
      "nativeBuildInputs/pytest=checkPhase",
      new Map([["nativeBuildInputs/pytest", ["checkPhase"]]]),
    ],
    ["phaseCacheCheckInputs", "pytest hypothesis", ["pytest", "hypothesis"]],
    ["phaseCacheThrough", "buildPhase", "buildPhase"],
    ["phaseCacheThrough", "", null],
  ])("reads %s = %j", (name, value, expected) => {
    const { options, problems } = read({ [name]: value });
    expect(problems).toEqual([]);
    expect(options).toEqual({ ...defaults, [name]: expected });
  });

  it.each<[string, AttributeValue, string, RegExp]>([
    ["phaseCacheIgnore", { json: '{"FOO":1}' }, '{"FOO":1}', /a list of names: write \[ "a" "b" \]/],
    ["phaseCacheQuiet", "0", "0", /true or false/],
    ["phaseCacheStrict", { json: "[1]" }, "[1]", /true or false/],
    ["phaseCacheDir", "cache", "cache", /absolute path/],
    ["phaseCacheDir", { json: "true" }, "true", /absolute path/],
    ["phaseCachePhases", "buildPhase buildphase", "buildphase", /unpackPhase .*distPhase/],
    ["phaseCachePhases", { json: "{}" }, "{}", /list/],
    ["phaseCacheIgnore", { json: "true" }, "true", /list/],
    ["phaseCacheFirstUse", "A=buildPhase FOO", "FOO", /attribute=phase/],
    ["phaseCacheFirstUse", "FOO=nosuchPhase", "FOO=nosuchPhase", /unpackPhase .*distPhase/],
    ["phaseCacheFirstUse", "=buildPhase", "=buildPhase", /attribute=phase/],
    ["phaseCacheThrough", "build", "build", /unpackPhase .*distPhase/],
    ["phaseCacheThrough", ["buildPhase", "installPhase"], "buildPhase installPhase", /one of/],
  ])("refuses %s = %j", (name, value, shown, allowed) => {
    const { options, problems } = read({ [name]: value });
    expect(options).toEqual(defaults);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).toContain(`"${shown}"`);
    expect(problems[0]).toMatch(allowed);
  });

  it("reads the other options after an invalid one", () => {
    const { options, problems } = read({ phaseCacheDir: "x", phaseCacheQuiet: "1", phaseCacheThrough: "y" });
    expect(problems).toHaveLength(2);
    expect(options.phaseCacheQuiet).toBe(true);
  });
});
