import { expect, it } from "vitest";
import { compareChanges, diffStates } from "../../runtime/shell/index.ts";
import { Rig } from "./rig.ts";

/** Compares the results of two phases that start from the same shell. */
function compare(setup: string, first: string, second: string): string[] {
  using rig = new Rig();
  const [a, b] = [first, second].map((phase) => {
    const { before, after } = rig.phase(phase, { setup });
    return diffStates(before, after);
  });
  return compareChanges(a!, b!)
    .filter(({ name }) => name !== "_")
    .map(
      ({ status, kind, name, before, after }) =>
        `${status} ${kind} ${name}: ${before ?? "nothing"} → ${after ?? "nothing"}`,
    );
}

it("lists what only one state has, and what differs", () => {
  expect(
    compare(
      "a=1; b=1; c=1; d=1; e=1",
      "a=2; new=1; unset c; export d; f() { :; }",
      "a=3; b=2; gone=1; e=(1 2); g() { :; }; umask 027; shopt -s dotglob",
    ),
  ).toEqual([
    "M variable a: 2 → 3",
    "M variable b: 1 → 2",
    "+ variable c: nothing → 1",
    "U variable d: -x 1 → 1",
    "T variable e: 1 → -a (1 2)",
    "+ variable gone: nothing → 1",
    "- variable new: 1 → nothing",
    "- function f: 4 lines → nothing",
    "+ function g: nothing → 4 lines",
    "M option shopt dotglob: off → on",
    "M umask umask: 0022 → 0027",
  ]);
});

it("lists nothing that both states changed in the same way", () => {
  expect(compare("declare -A m=([x]=1)", "m[y]=2; a=(1)", "m=([y]=2 [x]=1); a=(1)")).toEqual([]);
});
