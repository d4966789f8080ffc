import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

/** An edit of a package: attributes, which may use `old`; and the phase through which it is then restored, or null. */
interface Edit {
  attributes: string;
  through: string | null;
  /** Next to nothing is restored after it, so that it costs two whole builds. */
  early?: true;
}

/**
 * Early edits are tried with the packages that build in seconds, one of meson's, cargo's and Python's; with the others as
 * well in the nightly mode. The sample package of restore.test.ts has all of them, too.
 */
const isNightly = Boolean(process.env.PHASECACHE_NIGHTLY);

/**
 * Has every output exist, and what was built copied to the first: below lib, where debug information is removed, whose
 * strings gcc orders by their hashes, and one of them is the random seed.
 */
const install = `''
  runHook preInstall
  for output in $(getAllOutputNames); do mkdir -p "''\${!output}"; done
  mkdir -p "$out/lib"
  find . -type f '(' -name '*.a' -o -name '*.so*' -o -name '*.rlib' -o -name "$pname" ')' -exec cp --parents '{}' "$out/lib" ';'
  runHook postInstall
''`;
const note = `mkdir -p $out/share; echo edited > $out/share/note`;

const edits: Record<string, Edit> = {
  installPhase: { attributes: `installPhase = ${install};`, through: "buildPhase" },
  postInstall: { attributes: `postInstall = "${note}";`, through: "buildPhase" },
  postFixup: { attributes: `postFixup = "${note}";`, through: "installPhase" },
  buildFlags: { attributes: `buildFlags = [ FLAG ];`, through: "configurePhase" },
  configureFlags: {
    early: true,
    attributes: `configureFlags = [ "--disable-dependency-tracking" ];`,
    through: "patchPhase",
  },
  "a patch": {
    early: true,
    attributes: `patches = [ (builtins.toFile "p.patch" "--- /dev/null\\n+++ b/ADDED\\n@@ -0,0 +1 @@\\n+added\\n") ];`,
    through: "unpackPhase",
  },
  doCheck: { attributes: `doCheck = true;`, through: "buildPhase" },
  "an output": {
    early: true,
    attributes: `outputs = (old.outputs or [ "out" ]) ++ [ "more" ]; postInstall = "mkdir -p $more; echo $out > $more/out";`,
    through: null,
  },
  __structuredAttrs: {
    early: true,
    attributes: `__structuredAttrs = !(old.__structuredAttrs or false);`,
    through: null,
  },
  makeWrapper: {
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.makeWrapper ]; postInstall = ''
      mkdir -p $out/bin; printf '#!/bin/sh\\nexit 0\\n' > $out/bin/wrapped; chmod +x $out/bin/wrapped; wrapProgram $out/bin/wrapped --set A 1
    '';`,
    through: "buildPhase",
  },
};

/** The examples; what a flag of the build looks like; and edits that reach further back in this one than in others. */
const packages: Record<string, { flag: string; quick?: true; through?: Record<string, string | null> }> = {
  hello: { flag: "V=1" },
  zstd: { flag: "V=1" },
  libev: { flag: "V=1" },
  jansson: { flag: "-v", through: { doCheck: "patchPhase" } },
  // Here configurePhase itself says what installPhase is, unless the derivation does.
  fribidi: { flag: "-v", quick: true, through: { installPhase: "patchPhase" } },
  fnv: { flag: "-v", quick: true },
  toml: { flag: "-v" },
  markupsafe: { flag: "-v", quick: true },
};

describe.each(Object.entries(packages))(
  `%s, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}: an edit of`,
  (name, { flag, quick, through: own = {} }) => {
    const tried = Object.entries(edits).filter(([, { early }]) => !early || quick || isNightly);
    let rig: Rig;
    let sources: Sources;
    const build = (attributes: string, store = true) =>
      rig.build(`${String(example(name))}.overrideAttrs (old: { ${attributes} })`, { store });
    beforeAll(async () => {
      sources = await fetchSources();
      expect(sources.missing[name]).toBeUndefined();
      rig = await createRig({ tarballs: sources.folder });
      const cold = await build("");
      expect(cold.ok, cold.log).toBe(true);
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    it.each(tried)("%s gives what a clean build gives", async (edit, { attributes, through }) => {
      const edited = attributes.replace("FLAG", JSON.stringify(flag));
      const restored = await build(edited);
      expect(restored.ok, restored.log).toBe(true);
      const found = restored.messages
        .map((line) => /^restored \S+ through (\w+)/.exec(line)?.[1])
        .find(Boolean);
      expect(found ?? null, restored.log).toBe(own[edit] === undefined ? through : own[edit]);
      const clean = await build(edited, false);
      expect(clean.ok, clean.log).toBe(true);
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    });
  },
);
