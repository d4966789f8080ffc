import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "./rig.ts";

/** Attributes of a derivation, as Nix expressions. */
type Attributes = Record<string, string>;

/** A package, an edit of it, and the phase through which the second build is restored (null: none). */
interface Case {
  package: Attributes;
  edit: Attributes;
  through: string | null;
  /** The texts of further setup hooks. */
  hooks?: string[];
}

/** A package with a source directory and phases that change files and shell state. */
const plain: Attributes = {
  src: `(/. + "${join(import.meta.dirname, "samples/src")}")`,
  configurePhase: `"echo configured > config; CONFIGURED=yes"`,
  buildPhase: `"cat hello.txt config > built; echo $out > prefix"`,
  installPhase: `"mkdir -p $out; cp built prefix $out; echo \\\${CONFIGURED-} > $out/state"`,
};

const cases: Record<string, Case> = {
  installPhase: {
    package: plain,
    edit: { installPhase: `"mkdir -p $out; cp built prefix $out/"` },
    through: "buildPhase",
  },
  "preInstall and postInstall": {
    package: {
      ...plain,
      installPhase: `"runHook preInstall; mkdir -p $out; cp prefix $out; runHook postInstall"`,
    },
    edit: { preInstall: `"echo before"`, postInstall: `"touch $out/after"` },
    through: "buildPhase",
  },
  installFlags: { package: plain, edit: { installFlags: `[ "A=1" ]` }, through: "buildPhase" },
  fixupPhase: {
    package: { ...plain, fixupPhase: `"touch $out/fixed"` },
    edit: { fixupPhase: `"touch $out/otherwise"` },
    through: "installPhase",
  },
  postFixup: { package: plain, edit: { postFixup: `"touch $out/fixed"` }, through: "fixupPhase" },
  doInstallCheck: {
    package: { ...plain, installCheckPhase: `"test -e $out/built"` },
    edit: { doInstallCheck: "true" },
    through: "fixupPhase",
  },
  buildPhase: {
    package: plain,
    edit: { buildPhase: `"cp hello.txt built; touch prefix"` },
    through: "configurePhase",
  },
  makeFlags: { package: plain, edit: { makeFlags: `[ "A=1" ]` }, through: "configurePhase" },
  configurePhase: {
    package: plain,
    edit: { configurePhase: `"echo other > config"` },
    through: "patchPhase",
  },
  "a patch": {
    package: plain,
    edit: {
      patches: `[ (builtins.toFile "p.patch" "--- a/hello.txt\\n+++ b/hello.txt\\n@@ -1 +1 @@\\n-hello\\n+patched\\n") ]`,
    },
    through: "unpackPhase",
  },
  "an attribute that any phase may use": { package: plain, edit: { FOO: `"1"` }, through: null },
  "makeFlags that configurePhase names": {
    package: { ...plain, configurePhase: `"echo \\\${makeFlags-} > config"` },
    edit: { makeFlags: `[ "A=1" ]` },
    through: "patchPhase",
  },
  __structuredAttrs: {
    package: {
      ...plain,
      __structuredAttrs: "true",
      list: `[ "a b" "c" ]`,
      buildPhase: `''printf '%s\\n' "''\${list[@]}" > built; touch prefix''`,
    },
    edit: {
      postInstall: `"echo"`,
      installPhase: `''mkdir -p $out; cp built $out; echo "''\${#list[@]}" > $out/count''`,
    },
    through: "buildPhase",
  },
  "several outputs": {
    package: {
      ...plain,
      outputs: `[ "out" "dev" ]`,
      installPhase: `"mkdir -p $out $dev; cp prefix $out; echo $out > $dev/out; ln -s $out $dev/link"`,
    },
    edit: { postFixup: `"touch $dev/fixed"` },
    through: "fixupPhase",
  },
  passAsFile: {
    package: {
      ...plain,
      passAsFile: `[ "text" ]`,
      text: `"some text"`,
      buildPhase: `"cp $textPath built; touch prefix"`,
    },
    edit: { postFixup: `"touch $out/fixed"` },
    through: "fixupPhase",
  },
  "text of passAsFile": {
    package: {
      ...plain,
      passAsFile: `[ "text" ]`,
      text: `"some text"`,
      buildPhase: `"cp $textPath built; touch prefix"`,
    },
    edit: { text: `"another text"` },
    through: null,
  },
  "a custom list of phases": {
    package: {
      ...plain,
      phases: `[ "unpackPhase" "madePhase" "installPhase" ]`,
      madePhase: `"echo made > built; touch prefix"`,
    },
    edit: { installPhase: `"mkdir $out; cp built $out/other"` },
    through: "madePhase",
  },
  "prePhases to postPhases": {
    package: {
      ...plain,
      prePhases: `[ "aPhase" ]`,
      preConfigurePhases: `[ "bPhase" ]`,
      preBuildPhases: `[ "cPhase" ]`,
      preInstallPhases: `[ "dPhase" ]`,
      preFixupPhases: `[ "ePhase" ]`,
      postPhases: `[ "fPhase" ]`,
      aPhase: `"A=a"`,
      bPhase: `"B=$A-b"`,
      cPhase: `"C=$B-c"`,
      dPhase: `"echo $C-d > prefix"`,
      ePhase: `"cp prefix $out/e"`,
      fPhase: `"cp $out/e $out/f"`,
    },
    edit: { fPhase: `"echo f > $out/f"` },
    through: "fixupPhase",
  },
  "a phase that is a function of a setup hook": {
    package: plain,
    hooks: [`fromHookPhase() { echo hooked > hooked; }; preBuildPhases+=" fromHookPhase"`],
    edit: { installPhase: `"mkdir -p $out; cp hooked $out"` },
    through: "buildPhase",
  },
  "files that a setup hook creates in every build and a phase changes and removes": {
    package: {
      ...plain,
      buildPhase: `"touch built prefix; rm ../made/in/gone; echo built >> ../made/in/kept; rm -r ../made/all"`,
    },
    hooks: [
      `mkdir -p "$NIX_BUILD_TOP/made/in" "$NIX_BUILD_TOP/made/all"; for f in in/gone in/kept in/own all/x; do echo hook > "$NIX_BUILD_TOP/made/$f"; done`,
    ],
    edit: { installPhase: `"mkdir -p $out; cp -r ../made $out"` },
    through: "buildPhase",
  },
  sourceRoot: {
    package: { ...plain, sourceRoot: `"src/below"` },
    edit: { installPhase: `"mkdir -p $out; cp built $out; pwd > $out/directory"` },
    through: "buildPhase",
  },
  "a buildPhase that changes the shell": {
    package: {
      ...plain,
      buildPhase: `''
        mkdir inner; cd inner; export EXPORTED='a "b"'; declare -gA map=([k]='v w'); list=(1 "2 3"); shopt -s extglob
        helper() { echo "helped $1"; }; IFS=:; umask 027; touch ../built ../prefix
      ''`,
      installPhase: `''mkdir -p $out; pwd > $out/pwd; helper x > $out/helped; echo "''\${map[k]} ''\${list[1]} $EXPORTED" > $out/values''`,
    },
    edit: {
      postInstall: `"x"`,
      installPhase: `''mkdir -p $out; pwd > $out/pwd; helper y > $out/helped; env | grep EXPORTED > $out/values; umask > $out/umask; echo "$IFS" > $out/ifs''`,
    },
    through: "buildPhase",
  },
  "makeWrapper added": {
    package: plain,
    edit: {
      nativeBuildInputs: "[ pkgs.phaseCacheHook pkgs.makeWrapper ]",
      postInstall: `"true"`,
      installPhase: `"mkdir -p $out/bin; echo '#!/bin/sh' > $out/bin/x; chmod +x $out/bin/x; wrapProgram $out/bin/x --set A 1"`,
    },
    through: "buildPhase",
  },
};

/** An expression for a package with these attributes, phaseCacheHook and the case's setup hooks. */
function derivation({ hooks = [] }: Case, attributes: Attributes): string {
  const own = hooks.map((text) => `(builtins.toFile "setup-hook.sh" ${JSON.stringify(text)})`).join(" ");
  const all = { nativeBuildInputs: `[ pkgs.phaseCacheHook ${own} ]`, ...attributes };
  const body = Object.entries(all).map(([name, value]) => `${name} = ${value};`);
  return `pkgs.stdenv.mkDerivation { ${body.join(" ")} }`;
}

describe(`restoring, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(Object.entries(cases))(
    "%s: restored through the expected phase, and equal to a clean build",
    async (name, sample) => {
      const first = {
        pname: `"sample-${Object.keys(cases).indexOf(name)}"`,
        version: `"1.0"`,
        ...sample.package,
      };
      const build = (attributes: Attributes, store = true) =>
        rig.build(derivation(sample, attributes), { store });
      const cold = await build(first);
      expect(cold.ok, cold.log).toBe(true);
      const edited = { ...first, ...sample.edit };
      const restored = await build(edited);
      expect(restored.ok, restored.log).toBe(true);
      const clean = await build(edited, false);
      expect(clean.ok, clean.log).toBe(true);
      const through =
        restored.messages.map((line) => /^restored \S+ through (\w+)/.exec(line)?.[1]).find(Boolean) ?? null;
      expect(through, restored.log).toBe(sample.through);
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    },
  );
});
