import { readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bashWord, emitScript } from "../../../runtime/shell/index.ts";
import { Rig } from "../rig.ts";
import { planFunction } from "../scenarios.ts";

describe("the script changes nothing when", () => {
  test.each([
    ["a function is not valid bash", (rig: Rig) => planFunction(rig, "f () \n{ \n    if\n}")],
    [
      "the directory is missing",
      (rig: Rig) => ({ ...planFunction(rig, "f () \n{ \n    :\n}"), cwd: rig.file("missing") }),
    ],
  ])("%s", (_, makePlan) => {
    using rig = new Rig();
    const plan = makePlan(rig);
    const value = { attributes: "", value: { kind: "string" as const, text: "1" } };
    const variables = [...plan.variables, { name: "x", current: null, wanted: value }];
    writeFileSync(rig.file("emitted"), emitScript({ ...plan, variables, umask: "0077" }));
    const shell = rig.run(`apply() { eval "$(<"$dir/emitted")"; }
_phaseCacheDump "$-" >"$dir/before"
apply 2>/dev/null; status=$?
unset -v status_; echo $status; unset status; _phaseCacheDump "$-" >"$dir/after"`);
    expect(shell.stdout).toBe("1\n");
    expect(rig.state("after")).toEqual(rig.state("before"));
  });
});

describe("the script works", () => {
  test.each([
    ["under errexit and nounset", "set -eu"],
    [
      "with functions that shadow builtins",
      'for f in cd declare unset shopt set umask eval local trap enable; do builtin eval "$f() { builtin echo shadow; }"; done',
    ],
    [
      "with aliases for the commands that it uses",
      "shopt -s expand_aliases; alias builtin=false declare=false x=false f='echo' for=for",
    ],
    ["with traps", "trap 'echo trap' DEBUG RETURN ERR; set -TE"],
    ["with every glob option", "shopt -s nullglob failglob extglob dotglob"],
    ["with an unusual IFS", "IFS='0123456789 abcdef$'"],
    ["in posix mode", "set -o posix"],
    ["in posix mode with errexit", "set -e -o posix"],
    ["with noglob, allexport and keyword", "set -fak"],
    ["with a CDPATH that has a directory of the same name", "mkdir -p sub/work; CDPATH=$PWD/sub"],
  ])("%s", (_, circumstance) => {
    using rig = new Rig();
    const phase =
      "mkdir -p work; cd work; x='a b *'; a=([2]=$'\\001' [5]='$(id)'); declare -A m=(['x y']='[a-z]*'); f() { echo \"$x\"; }";
    const { before, after } = rig.phase(phase);
    const initial = rig.dump(circumstance);
    const plan = rig.plan(before, after, { ...initial, umask: before.umask });
    const { restored } = rig.apply(emitScript(plan), { setup: circumstance, traced: true });
    for (const name of ["x", "a", "m"]) {
      const { attributes, value } = after.variables.get(name)!;
      expect(restored.variables.get(name)).toEqual({ attributes, value });
    }
    expect(restored.functions.get("f")).toEqual(after.functions.get("f"));
    expect(restored.options).toEqual(initial.options);
    expect(restored.cwd).toBe(after.cwd);
  });
});

test("attributes do not cause a value to be evaluated", () => {
  using rig = new Rig();
  const phase =
    "x='a[$(touch evil)]'; declare -i x; y=abc; declare -u y; ref='z[$(touch evil)]'; declare -n ref";
  const { after, restored } = rig.roundTrip(phase);
  expect(restored).toEqual(after);
  expect(readdirSync(rig.file("work"))).toEqual([]);
});

test("a quoted word is ASCII, and bash reads it as exactly the same bytes", () => {
  const all = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join("");
  expect(bashWord(all)).toMatch(/^\$'[\x20-\x7e]*'$/);
  for (const locale of ["C", "C.UTF-8"]) {
    using rig = new Rig(locale);
    expect(rig.run(`printf %s ${bashWord(all)}`).stdout).toBe(all);
  }
});
