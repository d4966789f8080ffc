import { describe, expect, it } from "vitest";
import type { KeySource, Keys } from "../../runtime/key/chain.ts";
import { explainMiss } from "../../runtime/key/explain.ts";
import { formatMiss } from "../../runtime/key/explain-text.ts";
import { functionsOf } from "./code/functions.ts";
import { derivationOf, edited, keysOf } from "./example.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: shell
const runPhase = 'runPhase() { local curPhase="$*"; eval "${!curPhase:-$curPhase}"; }';
const functions = functionsOf(`
  ${runPhase}
  buildPhase() { runHook preBuild; local flagsArray=(a); make; runHook postBuild; }
  installPhase() { runHook preInstall; make install; runHook postInstall; }
  fixupPhase() { local output; runHook preFixup; fix; runHook postFixup; }
`);
const standard = ["unpackPhase", "buildPhase", "installPhase", "fixupPhase"];

/** The keys of hello, whose environment sets `postInstall` and `preConfigure`, with these attributes. */
function build(attributes: Record<string, string | undefined>, rest: Partial<KeySource> = {}): Keys {
  const environment = edited({ postInstall: undefined, ...attributes });
  const variables = new Map([...Object.entries(environment), ...(rest.variables ?? [])]);
  return keysOf(environment, { phases: standard, functions, ...rest, variables });
}

describe("the phases of a build", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["no hook is set", {}, []],
    ["a post hook", { postBuild: "x" }, ["buildPhase+postBuild"]],
    ["an empty one", { postBuild: "" }, []],
    ["a pre hook", { preBuild: "x" }, ["buildPhase+preBuild"]],
    ["a pre hook that the phase does not call first", { preFixup: "x" }, []],
    ["both", { preBuild: "x", postBuild: "y" }, ["buildPhase+preBuild", "buildPhase+postBuild"]],
    ["a post hook that uses a local variable of the phase", { postBuild: "echo $flagsArray" }, []],
    ["one that uses a local variable of runPhase", { postBuild: "echo $curPhase" }, []],
    ["one that lists all variables", { postBuild: "declare -p" }, []],
    ["one that calls a function with a variable of its own", { postFixup: "own" }, ["fixupPhase+postFixup"]],
    ["one that calls a function that uses the variable", { postFixup: "foreign" }, []],
  ])("%s", (_, attributes, parts) => {
    const more = functionsOf("own() { local output=x; echo $output; }; foreign() { echo $output; }");
    const { phases } = build(attributes, { functions: new Map([...functions, ...more]) });
    expect(phases.filter((name) => name.includes("+"))).toEqual(parts);
    expect(phases.filter((name) => !name.includes("+"))).toEqual(standard);
  });

  it.each([
    ["exported", "local flags=1", ["flags"]],
    ["special", "local IFS=:", []],
  ])("have no part for a hook of a phase with a local variable that is %s", (_, declaration, names) => {
    const own = functionsOf(`buildPhase() { ${declaration}; make; runHook postBuild; }`);
    const rest = { functions: new Map([...functions, ...own]), exported: new Set<string>(names) };
    expect(build({ postBuild: "make docs" }, rest).phases).toEqual(standard);
  });

  it("have a part for a hook that only setup hooks set", () => {
    const variables = new Map([["postFixupHooks", "wrapIt"]]);
    expect(build({}, { variables }).phases.at(-1)).toBe("fixupPhase+postFixup");
  });

  it.each<[string, Record<string, string>, boolean]>([
    ["stdenv's own functions are", {}, true],
    ["a hook of the derivation is not", { postFixup: "x" }, false],
    ["a function of another setup hook is not", { postFixupHooks: "checkLinks\nwrapIt" }, false],
  ])("have a routine part for what only stdenv runs: %s", (_, set, isRoutine) => {
    const more = functionsOf("checkLinks() { :; }; wrapIt() { :; }");
    const derivation = { ...derivationOf(edited(set)), stdenvTexts: ["checkLinks() {\n  :\n}\n"] };
    const variables = new Map([["postFixupHooks", "checkLinks"], ...Object.entries(set)]);
    const { splits } = build({}, { derivation, functions: new Map([...functions, ...more]), variables });
    expect(splits.find(({ phase }) => phase === "fixupPhase")?.isRoutine).toBe(isRoutine);
    expect(splits.find(({ phase }) => phase === "buildPhase")?.isRoutine).toBe(false);
  });

  it("have no post hooks if it is unknown how runPhase runs a phase", () => {
    const other = new Map([...functions, ...functionsOf('runPhase() { eval "$1"; }')]);
    expect(build({ postBuild: "x", preBuild: "y" }, { functions: other }).phases).toEqual([
      "unpackPhase",
      "buildPhase+preBuild",
      "buildPhase",
      "installPhase",
      "fixupPhase",
    ]);
  });

  it("have no parts if a phase runs twice", () => {
    const phases = ["unpackPhase", "buildPhase", "buildPhase"];
    expect(build({ postBuild: "x" }, { phases }).phases).toEqual(phases);
  });
});

/** The first phase or part whose key differs. */
function firstChange(before: Keys, after: Keys): string | undefined {
  return after.phases.find((_, index) => after.keys[index] !== before.keys[index]);
}

describe("the keys of parts", () => {
  it("contain the hook, and the key of the phase does not", () => {
    expect(firstChange(build({ postBuild: "x" }), build({ postBuild: "y" }))).toBe("buildPhase+postBuild");
    expect(firstChange(build({ preBuild: "x" }), build({ preBuild: "y" }))).toBe("buildPhase+preBuild");
  });

  it("do not contain what only the phase uses", () => {
    const before = build({ preBuild: "x", buildFlags: "a" });
    expect(firstChange(before, build({ preBuild: "x", buildFlags: "b" }))).toBe("buildPhase");
  });

  it("contain what the hook names", () => {
    const hook = { postBuild: "echo $installFlags" };
    expect(firstChange(build({ ...hook, installFlags: "a" }), build({ ...hook, installFlags: "b" }))).toBe(
      "buildPhase+postBuild",
    );
  });

  it("begin with the hook if an option assigns an attribute to its phase", () => {
    const first = { phaseCacheFirstUse: "FLAG=installPhase", preInstall: "echo $FLAG" };
    const before = build({ ...first, FLAG: "a" });
    expect(before.problems).toEqual([]);
    expect(firstChange(before, build({ ...first, FLAG: "b" }))).toBe("installPhase+preInstall");
    const { problems } = build({ ...first, FLAG: "a", preBuild: "echo $FLAG" });
    expect(problems).toEqual([
      "phaseCacheFirstUse: FLAG is used before installPhase, because buildPhase+preBuild names it",
    ]);
  });

  it("contain the hook also if another phase names it", () => {
    const variables = new Map([
      ["buildPhase", "runHook postBuild"],
      ["unpackPhase", "echo $postBuild"],
    ]);
    expect(
      firstChange(build({ postBuild: "x" }, { variables }), build({ postBuild: "y" }, { variables })),
    ).toBe("unpackPhase");
  });

  it("tell under which key the phase is found when the hook is set, and when it is not", () => {
    const [without, empty, set] = [build({}), build({ postBuild: "" }), build({ postBuild: "x" })];
    const at = standard.indexOf("buildPhase");
    expect(set.keys[at]).toBe(without.otherKeys[at]);
    expect(set.otherKeys[at]).toBe(without.keys[at]);
    expect(set.keys[at]).not.toBe(without.keys[at]);
    expect(empty.keys[at]).toBe(without.keys[at]);
    expect(without.otherKeys[0]).toBeNull();
  });
});

describe("the explanation of a miss", () => {
  const text = (now: Keys, before: Keys) => {
    const miss = explainMiss(now, before);
    return miss === null ? null : formatMiss(miss);
  };
  it.each<[Record<string, string>, Record<string, string>, string]>([
    [{ postBuild: "x" }, {}, "miss at buildPhase+postBuild: postBuild added: x"],
    [{}, { postBuild: "x" }, "miss at installPhase: postBuild removed: x"],
    [{ postBuild: "x" }, { postBuild: "y" }, "miss at buildPhase+postBuild: postBuild changed: y → x"],
    [{ preBuild: "x" }, {}, "miss at buildPhase+preBuild: preBuild added: x"],
    [{ postBuild: "x", buildFlags: "-v" }, { postBuild: "x" }, "miss at buildPhase: buildFlags added: -v"],
  ])("%j after %j: %s", (now, before, expected) => expect(text(build(now), build(before))).toBe(expected));

  it("names a phase that was added next to parts", () => {
    const before = build({ postBuild: "x" });
    const phases = ["unpackPhase", "buildPhase", "testPhase", "installPhase", "fixupPhase"];
    expect(text(build({ postBuild: "x" }, { phases }), before)).toBe(
      "miss at testPhase: phases changed: installPhase → testPhase",
    );
  });
});
