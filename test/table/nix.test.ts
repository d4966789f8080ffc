import { describe, expect, it } from "vitest";
import { builderReads, hookPackagesIn, isBuilder, ownHooksIn } from "./nix.ts";
import { splitNix } from "./nix-text.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: Nix
describe("splitNix", () => {
  it("separates code and strings, and keeps every position", () => {
    const text = `a = "x\${b}y"; # c "d\nf = ''g ''\${h} \${if i then ''j'' else "k"} '''l'';\n/* m */`;
    const { code, strings } = splitNix(text);
    expect([code.length, strings.length]).toEqual([text.length, text.length]);
    expect(code.replace(/\s+/g, " ")).toBe(`a = " b "; f = '' if i then '' '' else " " ''; `);
    expect(strings.trim().split(/\s+/)).toEqual(["x", "y", "g", "${h}", "j", "k", "''l"]);
  });
});

describe("hookPackagesIn", () => {
  it("finds names, lines and files", () => {
    const nix = `{ makeSetupHook }: {
  a = makeSetupHook { name = "a-hook"; } ./a.sh;
  # b = makeSetupHook { name = "b-hook"; } ./b.sh;
  c = makePythonHook {
    name = "c-hook";
    substitutions = { inherit x; };
  } ../hooks/c-hook.sh;
  d = makeSetupHook { name = "d-\${version}"; } ./d.sh;
}`;
    expect(hookPackagesIn(nix)).toEqual([
      { name: "a-hook", line: 2, file: "./a.sh" },
      { name: "c-hook", line: 4, file: "../hooks/c-hook.sh" },
      { name: null, line: 8, file: "./d.sh" },
    ]);
  });
});

describe("ownHooksIn", () => {
  it("finds files, and what texts read", () => {
    const nix = `{
  pname = "x";
  setupHooks = [ ./setup-hook.sh ];
  setupHook = writeText "x" ''
    runX() { x \${xFlags-} ; }
    y="''\${dontX-}"
  '';
}`;
    expect(ownHooksIn(nix)).toEqual({
      line: 3,
      files: ["./setup-hook.sh"],
      reads: [{ name: "dontX", line: 6 }],
    });
  });

  it.each(["{ setupHook = null; }", "{ inherit setupHook; }", "{ x = a.setupHook == b; }"])(
    "finds none in %s",
    (nix) => {
      expect(ownHooksIn(nix)).toBeNull();
    },
  );
});

describe("builders", () => {
  const builder = `{ stdenv, lib }:
{ pname, fooFlags ? [ ], # more flags
  doFoo ? true
, ... }@args:
stdenv.mkDerivation (args // {
  buildPhase = args.buildPhase or ''
    foo $fooOptions \${toString fooFlags} ''\${barFlags[@]}
    \${lib.optionalString doFoo ''
      bar $nested
    ''}
  '';
})`;

  it("are functions that pass their arguments on", () => {
    expect(isBuilder(builder)).toBe(true);
    expect(isBuilder("{ stdenv }: stdenv.mkDerivation { pname = ''@args''; }")).toBe(false);
  });

  it("read their optional arguments, and the variables of their texts", () => {
    expect(builderReads(builder)).toEqual([
      { name: "fooFlags", line: 2 },
      { name: "doFoo", line: 3 },
      { name: "buildPhase", line: 6 },
      { name: "fooOptions", line: 7 },
      { name: "barFlags", line: 7 },
      { name: "nested", line: 9 },
    ]);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: Nix
