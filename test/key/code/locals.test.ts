import { describe, expect, it } from "vitest";
import { localsOf, usesVariable } from "../../../runtime/key/code/locals.ts";
import { functionsOf } from "./functions.ts";

const textOf = (body: string) => functionsOf(`one() {\n${body}\n}`).get("one")!;

type Row = [title: string, body: string, possible: string[], certain: string[]];

describe("localsOf", () => {
  it.each<Row>([
    ["none", "echo x", [], []],
    ["one", "local x; echo $x", ["x"], ["x"]],
    [
      "several, with values and options",
      `local -a x=(1 2) y="a b" z='c;d'; local -r w=$(date)`,
      ["w", "x", "y", "z"],
      ["w", "x", "y", "z"],
    ],
    ["by declare and typeset", "declare x; typeset -i y", ["x", "y"], ["x", "y"]],
    ["declared in a block, and mentioned only there", "if :; then local x=1; echo $x; fi", ["x"], ["x"]],
    ["declared in a block, and mentioned after it", "if :; then local x=1; fi; echo $x", ["x"], []],
    ["mentioned before", "echo $x; local x", ["x"], []],
    ["an option with the same letter does not mention it", "sed -i s/a/b/ f; local i", ["i"], ["i"]],
    ["a word that only contains local", "echo locale; mylocal x", [], []],
    [
      "an argument that is not understood: every word may be one",
      "local x=$(echo $(echo y)) z",
      ["echo", "x", "y", "z"],
      ["x"],
    ],
  ])("%s", (_, body, possible, certain) => {
    const found = localsOf(textOf(body));
    expect([...found.possible].sort()).toEqual(possible);
    expect([...found.certain].sort()).toEqual(certain);
  });
});

describe("usesVariable", () => {
  it.each([
    ["echo $output", true],
    [`echo "\${output}"`, true],
    [`echo \${#output[@]}`, true],
    ["output=x", true],
    ["concatTo output flags", true],
    ["read output", true],
    ["((output++))", true],
    ["echo $outputs", false],
    ["cp x $out/share/output", false],
    ["cp output.txt x", false],
    ["tool --output x", false],
    ["for output in a b; do echo $output; done", false],
    ["echo $output; for output in a b; do :; done", true],
  ])("%s: %s", (text, uses) => expect(usesVariable(text, "output")).toBe(uses));

  it("is false for a function with a variable of its own", () => {
    expect(usesVariable(textOf("local output=x; echo $output"), "output")).toBe(false);
    expect(usesVariable(textOf("echo $output; local output=x"), "output")).toBe(true);
  });
});
