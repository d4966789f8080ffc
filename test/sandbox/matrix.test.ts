import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

/** An edit of a package: attributes, which may use `old`, and the phase through which the build is restored, or null. */
interface Edit {
  attributes: string;
  through: string | null;
  /** Almost nothing is restored after this edit, so that it costs two complete builds, or another edit does the same. */
  quickOnly?: true;
}

/**
 * Some edits are tested only with the packages that build in seconds (one of cargo and one of Python), and a second
 * autotools package not at all, except in the nightly mode. restore.test.ts tests all edits with its sample package.
 */
const isNightly = Boolean(process.env.PHASECACHE_NIGHTLY);

/**
 * Creates every output and copies the built files to the first one. They are copied below lib, where fixupPhase removes
 * debug information: gcc orders its strings by their hashes, and one of them is the random seed.
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
  postInstall: { quickOnly: true, attributes: `postInstall = "${note}";`, through: "installPhase" },
  postFixup: { attributes: `postFixup = "${note}";`, through: "fixupPhase" },
  buildFlags: { quickOnly: true, attributes: `buildFlags = [ FLAG ];`, through: "configurePhase" },
  configureFlags: {
    quickOnly: true,
    attributes: `configureFlags = [ "--disable-dependency-tracking" ];`,
    through: "patchPhase",
  },
  "a patch": {
    quickOnly: true,
    attributes: `patches = [ (builtins.toFile "p.patch" "--- /dev/null\\n+++ b/ADDED\\n@@ -0,0 +1 @@\\n+added\\n") ];`,
    through: "unpackPhase",
  },
  doCheck: { quickOnly: true, attributes: `doCheck = true;`, through: "buildPhase" },
  "an output": {
    quickOnly: true,
    attributes: `outputs = (old.outputs or [ "out" ]) ++ [ "more" ]; postInstall = "mkdir -p $more; echo $out > $more/out";`,
    through: null,
  },
  __structuredAttrs: {
    quickOnly: true,
    attributes: `__structuredAttrs = !(old.__structuredAttrs or false);`,
    through: null,
  },
  makeWrapper: {
    quickOnly: true,
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.makeWrapper ]; postInstall = ''
      mkdir -p $out/bin; printf '#!/bin/sh\\nexit 0\\n' > $out/bin/wrapped; chmod +x $out/bin/wrapped; wrapProgram $out/bin/wrapped --set A 1
    '';`,
    through: "buildPhase",
  },
};

/**
 * The examples: a flag for their build, and the edits that are restored through an earlier phase than in other packages.
 */
const packages: Record<string, { flag: string; quick?: true; through?: Record<string, string | null> }> = {
  hello: { flag: "V=1" },
  zstd: { flag: "V=1" },
  ...(isNightly ? { libev: { flag: "V=1" } } : {}),
  jansson: { flag: "-v", through: { doCheck: "patchPhase" } },
  // Here configurePhase sets installPhase, unless the derivation does.
  fribidi: { flag: "-v", through: { installPhase: "patchPhase" } },
  fnv: { flag: "-v", quick: true },
  toml: { flag: "-v" },
  markupsafe: { flag: "-v", quick: true },
};

describe.each(Object.entries(packages))(
  `%s, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}: an edit of`,
  (name, { flag, quick, through: own = {} }) => {
    const tried = Object.entries(edits).filter(([, { quickOnly }]) => !quickOnly || quick || isNightly);
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

    it.each(tried)(
      "%s results in the same outputs as a clean build",
      async (edit, { attributes, through }) => {
        const edited = attributes.replace("FLAG", JSON.stringify(flag));
        const restored = await build(edited);
        expect(restored.ok, restored.log).toBe(true);
        const found = restored.messages
          .map((line) => /^restored \S+ through (\S+)/.exec(line)?.[1])
          .find(Boolean);
        expect(found ?? null, restored.log).toBe(own[edit] === undefined ? through : own[edit]);
        const clean = await build(edited, false);
        expect(clean.ok, clean.log).toBe(true);
        expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
      },
    );
  },
);
