import { describe, expect, test } from "vitest";
import { diffStates, emitScript, mergeChange, type ShellState } from "../../../runtime/shell/index.ts";
import type { Conflict } from "../../../runtime/shell/merge/merge.ts";
import { Rig } from "../rig.ts";
import { keep, rebuild } from "../scenarios.ts";

describe("an ambiguous change is a conflict, and the new build keeps its value", () => {
  test.each([
    ["a value set", "x=1", "x=2", "x=3", "x", "variable", ["1", "3", "2"]],
    ["a new value", "", "x=2", "x=3", "x", "variable", [null, "3", "2"]],
    ["a value unset", "x=1", "unset x", "x=3", "x", "variable", ["1", "3", null]],
    ["a value that does not exist here", "x=1", "x=2", "", "x", "variable", ["1", null, "2"]],
    [
      "an array that is a string here",
      "x=(a)",
      "x+=(b)",
      "x=c",
      "x",
      "variable",
      ["-a (a)", "c", "-a (a b)"],
    ],
    ["other attributes", "x=1", "x+=' 2'", "export x=3", "x", "variable", ["1", "-x 3", "1 2"]],
    ["readonly here", "x=1", "x=2", "readonly x=1", "x", "variable", ["1", "-r 1", "2"]],
    [
      "another function",
      "f() { :; }",
      "f() { echo; }",
      "f() { ls; }",
      "f",
      "function",
      ["4 lines", "4 lines", "4 lines"],
    ],
    ["another umask", "", "umask 027", "umask 077", "umask", "umask", ["0022", "0077", "0027"]],
  ] as const)("%s", (_, old, phase, initial, name, kind, [oldInitial, newInitial, final]) => {
    const probe = "declare -p x 2>&1; declare -f f; umask";
    using rig = new Rig();
    const unchanged = rig.run(`${initial}\n${probe}`).stdout.replace(/.*declare: x/, "declare: x");
    const { printed, conflicts } = rebuild(old, phase, initial, probe);
    expect(conflicts).toEqual([{ name, kind, oldInitial, newInitial, final } satisfies Conflict]);
    expect(printed.replace(/.*declare: x/, "declare: x")).toBe(unchanged);
  });

  test("an option that this bash does not have", () => {
    using rig = new Rig();
    const { before, after } = rig.phase("shopt -s dotglob");
    const other: ShellState = {
      ...before,
      options: new Map([...before.options].filter(([o]) => o !== "shopt dotglob")),
    };
    const { conflicts } = mergeChange(diffStates(before, after), other, { relocate: keep, force: true });
    expect(conflicts).toEqual([
      { name: "shopt dotglob", kind: "option", oldInitial: "off", newInitial: null, final: "on" },
    ]);
  });
});

test("force takes the final value, still lists the conflict, and keeps readonly variables", () => {
  using rig = new Rig();
  const { before, after } = rig.phase("x=2; r=2; umask 027; f() { echo; }", { setup: "x=1; r=1" });
  const setup = "x=3; readonly r=3; umask 077; f() { :; }; readonly -f f";
  const { result, conflicts } = mergeChange(diffStates(before, after), rig.dump(setup), {
    relocate: keep,
    force: true,
  });
  expect(conflicts.map(({ name }) => name)).toEqual(["r", "x", "f", "umask"]);
  const { probed } = rig.apply(emitScript(result), { setup, probe: 'echo "$x $r"; umask; declare -f f' });
  expect(probed).toBe("2 3\n0027\nf () \n{ \n    :\n}\n");
});
