import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { switchScript, willRun } from "../../runtime/phase/stdenv-switches.ts";
import type { Variable } from "../../runtime/shell/index.ts";
import { standardPhases, switches } from "../key/example.ts";
import { shell } from "./rig.ts";

/** A declaration in bash, the same variable as data, and whether it counts as set. */
const values: [declaration: string, variable: Variable | null, isSet: boolean][] = [
  ["", null, false],
  ["declare -x NAME=", { attributes: "x", value: { kind: "string", text: "" } }, false],
  ["declare -x NAME=1", { attributes: "x", value: { kind: "string", text: "1" } }, true],
  ["declare -- NAME=0", { attributes: "", value: { kind: "string", text: "0" } }, true],
  ["declare -- NAME=' '", { attributes: "", value: { kind: "string", text: " " } }, true],
  ["declare -x NAME", { attributes: "x", value: { kind: "unset" } }, false],
  ["declare -a NAME=()", { attributes: "a", value: { kind: "indexed", items: [] } }, false],
  ["declare -a NAME=(a b)", { attributes: "a", value: { kind: "indexed", items: [["0", "a"]] } }, true],
  ["declare -a NAME=([1]=b)", { attributes: "a", value: { kind: "indexed", items: [["1", "b"]] } }, false],
  [
    "declare -A NAME=([a]=b)",
    { attributes: "A", value: { kind: "associative", items: [["a", "b"]] } },
    false,
  ],
  ["declare -A NAME=([0]=b)", { attributes: "A", value: { kind: "associative", items: [["0", "b"]] } }, true],
];

const isOff = /^\w+/.exec(switchScript())![0];

/** The phases that the bash function reports as disabled after this declaration. */
function offInBash(declaration: string, phases: readonly string[]): string[] {
  const tests = phases.map((phase) => `if ${isOff} ${phase}; then echo ${phase}; fi`);
  const script = ["set -eu", declaration, switchScript(), ...tests].join("\n");
  return execFileSync("bash", ["--norc", "-c", script], { env: {}, encoding: "utf8" })
    .split("\n")
    .slice(0, -1);
}

it("the table covers all of stdenv's phases", () => {
  expect(Object.keys(switches)).toEqual(standardPhases);
});

it.each(Object.entries(switches))("%s depends on %s, equally in the runtime and in bash", (phase, name) => {
  for (const [declaration, variable, isSet] of values) {
    const runs = name.startsWith("dont") ? !isSet : isSet;
    const state = { ...shell(), variables: new Map(variable === null ? [] : [[name, variable]]) };
    const here = `${phase} with ${declaration.replace("NAME", name)}`;
    expect([here, willRun(phase, state)]).toEqual([here, runs]);
    const off = offInBash(declaration.replace("NAME", name), [phase]);
    expect([here, off]).toEqual([here, runs ? [] : [phase]]);
  }
});

it("each variable affects one phase only", () => {
  for (const [phase, name] of Object.entries(switches)) {
    const state = shell({ [name]: "1" });
    const off = standardPhases.filter((other) => !willRun(other, state));
    expect(off).toEqual(offInBash(`${name}=1`, standardPhases));
    expect(off.includes(phase)).toBe(name.startsWith("dont"));
  }
});

it("other phases always run", () => {
  const phases = ["autoreconfPhase", "odd-phase", "constructor", "", "toString"];
  const state = shell({ dontAutoreconf: "1" });
  expect(phases.map((phase) => willRun(phase, state))).toEqual(phases.map(() => true));
  expect(
    offInBash(
      "dontAutoreconf=1",
      phases.map((phase) => `'${phase}'`),
    ),
  ).toEqual([]);
});
