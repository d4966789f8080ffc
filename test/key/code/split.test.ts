import { describe, expect, it } from "vitest";
import { findSplit, hookOf, isHookSet, phaseOf, postHookAt } from "../../../runtime/key/code/split.ts";
import { functionsOf } from "./functions.ts";

const none = { functions: new Map<string, string>(), variables: new Map<string, string>() };

/** The hooks of a buildPhase whose variable has this text: `preBuild postBuild`, with - for none. */
function ofText(text: string): string {
  const split = findSplit("buildPhase", { ...none, variables: new Map([["buildPhase", text]]) });
  return `${split?.pre ?? "-"} ${split?.post ?? "-"}`;
}

/** The same for a function with this body. */
function ofFunction(body: string): string {
  const split = findSplit("buildPhase", { ...none, functions: functionsOf(`buildPhase() {\n${body}\n}`) });
  return `${split?.pre ?? "-"} ${split?.post ?? "-"}`;
}

const both = "preBuild postBuild";

describe("findSplit", () => {
  it.each([
    ["runHook preBuild\nmake\nrunHook postBuild", both],
    ["runHook preBuild; make; runHook postBuild", both],
    ["runHook \"preBuild\"\nmake\nrunHook 'postBuild';\n\n", both],
    ["\n  runHook preBuild\n  make # runHook postBuild\n  runHook postBuild # last\n", both],
    ["make\nrunHook postBuild", "- postBuild"],
    ["runHook preBuild\nmake", "preBuild -"],
    ["cd src\nrunHook preBuild\nmake", "- -"],
    ["echo starting\nrunHook preBuild\nmake", "preBuild -"],
    ["echo $PWD\nrunHook preBuild\nmake", "- -"],
    ["make\nrunHook postBuild\necho done", "- postBuild"],
    ['make\nrunHook postBuild\necho "done: $PWD"', "- -"],
    ["make\nrunHook postBuild\ncd ..", "- -"],
    ["make &&\nrunHook postBuild", "- -"],
    ["make && runHook postBuild", "- -"],
    ["make || runHook postBuild", "- -"],
    ["make \\\nrunHook postBuild", "- -"],
    ["find . -exec echo {} \\; runHook postBuild", "- -"],
    ["if make; then\nrunHook postBuild\nfi", "- -"],
    ["(\nrunHook postBuild\n)", "- -"],
    ["make | (\nrunHook postBuild\n)", "- -"],
    ["runHook postBuild\nmake\nrunHook postBuild", "- -"],
    ["if x; then\nrunHook postBuild\nreturn\nfi\nmake\nrunHook postBuild", "- postBuild"],
    ['test -n "$postBuild"\nrunHook postBuild', "- -"],
    ["postBuildHooks+=(x)\nrunHook postBuild", "- -"],
    ["make\nrunHook postOther\nrunHook postBuild", "- -"],
    ["local x=1\nrunHook postBuild", "- -"],
    ["runHook preBuild\nlocal x=1\nrunHook postBuild", "preBuild -"],
    ["go() {\n  local x=1\n  declare -a y\n}\ngo <<<a\nrunHook postBuild", "- postBuild"],
    ["go() {\n  local x=1\n}\nlocal y=1\nrunHook postBuild", "- -"],
    ["cat <<EOF\ngo() {\nEOF\nlocal x=1\ncat <<EOF\n}\nEOF\nrunHook postBuild", "- -"],
    ["cat <<EOF\nrunHook postBuild\nEOF", "- -"],
    ['bash -c "\nrunHook postBuild\n"', "- -"],
    ["runHook preCheck\ncargo test\nrunHook postCheck", "preCheck postCheck"],
    ["make", "- -"],
    ["", "- -"],
  ])("of the text %j: %s", (text, hooks) => expect(ofText(text)).toBe(hooks));

  it.each([
    ["runHook preBuild; make; runHook postBuild", both],
    ["local -a flags=(--out dist); runHook preBuild; make; runHook postBuild", "- postBuild"],
    ['local flags=("-j$cores" -k); make; runHook postBuild', "- postBuild"],
    ["local -g x=1; make; runHook postBuild", "- -"],
    ["local -a -n x=y; make; runHook postBuild", "- -"],
    ["local -; make; runHook postBuild", "- -"],
    [
      `echo "Executing it"; runHook preBuild; local -a flags=(a b); make "\${flags[@]}"; runHook postBuild; echo "Finished it"`,
      both,
    ],
    ["runHook preBuild; if x; then echo no; runHook postBuild; return; fi; make; runHook postBuild", both],
    ["runHook preBuild; if x; then echo no; runHook postBuild; fi; make; runHook postBuild", "preBuild -"],
    ["local i; runHook preBuild; for i in a; do echo $i; done; runHook postBuild", "- postBuild"],
    ["runHook preBuild; if x; then local i=1; fi; echo $i; runHook postBuild", "preBuild -"],
    ["runHook preBuild; local -n ref=x; runHook postBuild", "preBuild -"],
    ["runHook preBuild; declare -g x=1; runHook postBuild", "preBuild -"],
    ["runHook preBuild; local -; set +e; runHook postBuild", "preBuild -"],
    ["runHook preBuild; local -x x=1; runHook postBuild", "preBuild -"],
    ["runHook preBuild; popd; runHook postBuild; popd", "preBuild -"],
  ])("of the function %j: %s", (body, hooks) => expect(ofFunction(body)).toBe(hooks));

  it("follows the function that the variable names, whatever hook it calls", () => {
    const functions = functionsOf(
      "ourCheck() { runHook preCheck; local x=1; go test; runHook postCheck; }\nrunPhase() { local curPhase=$1 began; }",
    );
    const variables = new Map([["testPhase", "  ourCheck\n"]]);
    expect(findSplit("testPhase", { functions, variables })).toMatchObject({
      phase: "testPhase",
      pre: "preCheck",
      post: "postCheck",
      caller: "ourCheck",
      runnerLocals: ["curPhase", "began"],
      phaseLocals: ["x"],
    });
    expect(findSplit("testPhase", { functions, variables })!.body).not.toMatch(/runHook/);
    expect(findSplit("testPhase", { functions: new Map(), variables })).toBeNull();
  });

  it("does not split a function with redirections", () => {
    const functions = functionsOf("buildPhase() { make; runHook postBuild; } > log");
    expect(findSplit("buildPhase", { ...none, functions })).toBeNull();
  });

  it("looks only for the given hooks, and leaves the calls of others", () => {
    const variables = new Map([["buildPhase", "runHook preBuild\nmake\nrunHook postBuild"]]);
    const split = findSplit("buildPhase", { ...none, variables }, ["post"]);
    expect(split).toMatchObject({ pre: null, post: "postBuild", body: "runHook preBuild\nmake" });
  });
});

describe("names of parts", () => {
  it.each([
    ["buildPhase+postBuild", "buildPhase", "postBuild"],
    ["checkPhase+preCheck", "checkPhase", "preCheck"],
    ["buildPhase", "buildPhase", null],
    ["odd+Phase", "odd+Phase", null],
  ])("%s", (name, phase, hook) => {
    expect(phaseOf(name)).toBe(phase);
    expect(hookOf(name)).toBe(hook);
  });

  it("tell which phase a part belongs to", () => {
    const phases = ["a", "a+postA", "b", "c+preC", "c"];
    expect(phases.map((_, index) => postHookAt(phases, index))).toEqual(["postA", null, null, null, null]);
  });
});

describe("isHookSet", () => {
  it.each([
    ["nothing", new Map(), new Map(), false],
    ["an empty text", new Map([["postBuild", ""]]), new Map(), false],
    ["a text", new Map([["postBuild", "x"]]), new Map(), true],
    ["an array", new Map([["postBuildHooks", "x\ny"]]), new Map(), true],
    ["a function", new Map(), new Map([["postBuild", "postBuild () { :; }"]]), true],
  ])("%s", (_, variables, functions, set) =>
    expect(isHookSet("postBuild", { variables, functions })).toBe(set),
  );
});
