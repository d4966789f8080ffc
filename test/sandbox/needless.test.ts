import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compilerCalls, compilerCounter } from "./compiler-calls.ts";
import { compareOutputs, createRig, nixPath, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

/** A package built from samples/prefix. */
function sample(attributes: string): string {
  const source = nixPath(join(import.meta.dirname, "samples/prefix"));
  return `(pkgs.stdenv.mkDerivation {
    pname = "prefix"; version = "1"; src = ${source}; nativeBuildInputs = [ pkgs.phaseCacheHook ]; ${attributes}
  })`;
}

interface Package {
  /** The name of an example, or a Nix expression. */
  name: string;
  /** Attributes of the package before and after the edit. */
  more?: string;
  inputs?: string;
  /** A command that runs the build again, for build systems whose install step does not. */
  again?: string;
}

/** Real packages whose compiler or build system sees the install prefix. */
const packages: Record<string, Package> = {
  "autotools (hello)": { name: "hello" },
  "plain make (zstd)": { name: "zstd" },
  "CMake and ninja (jansson), the prefix in every command": {
    name: "jansson",
    more: `cmakeFlags = [ "-DCMAKE_C_FLAGS=-DPREFIX=\${placeholder "out"}/share" "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/phasecache-count/launcher" "-DJANSSON_BUILD_DOCS=OFF" ];`,
  },
  "CMake and make (jansson), the prefix in every command": {
    name: "jansson",
    more: `cmakeFlags = [ "-DCMAKE_C_FLAGS=-DPREFIX=\${placeholder "out"}/share" "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/phasecache-count/launcher" "-DJANSSON_BUILD_DOCS=OFF" ];`,
    inputs: "[ pkgs.cmake pkgs.phaseCacheHook ]",
  },
  "meson (fribidi), the prefix in every command": {
    name: "fribidi",
    more: `mesonFlags = old.mesonFlags ++ [ "-Dc_args=-DPREFIX=\${placeholder "out"}/share" ]; preConfigure = "export CC='/tmp/phasecache-count/launcher gcc'";`,
    again: "ninja",
  },
  "libtool, several outputs, structuredAttrs (libev)": { name: "libev" },
  "cargo (fnv), the prefix in the environment": {
    name: "fnv",
    more: `RUSTC_WRAPPER = "/tmp/phasecache-count/launcher"; PREFIX = placeholder "out";`,
    again: "cargo build --release --offline",
  },
  "go (toml)": {
    name: "toml",
    more: `preConfigure = old.preConfigure + "GOFLAGS+=' -toolexec=/tmp/phasecache-count/launcher'";`,
    again: "go install ./cmd/tomlv",
  },
  "a Python wheel (markupsafe)": {
    name: "markupsafe",
    again: "python3 -m build --no-isolation --wheel",
  },
  "make, the prefix in flags, RPATH, header, archive and pkg-config file": {
    name: sample(`makeFlags = [ "PREFIX=\${placeholder "out"}" ];`),
  },
  "CMake and ninja, the same": {
    name: sample(`cmakeFlags = [ "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/phasecache-count/launcher" ];`),
    inputs: "[ pkgs.cmake pkgs.ninja pkgs.phaseCacheHook ]",
  },
};

describe(`no unnecessary work, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let sources: Sources;
  beforeAll(async () => {
    sources = await fetchSources();
    rig = await createRig({ tarballs: sources.folder });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(Object.entries(packages))(
    "%s: an edited postInstall compiles nothing",
    async (_, { name, more = "", inputs = "old.nativeBuildInputs", again = "" }) => {
      expect(sources.missing[name]).toBeUndefined();
      const source = name.startsWith("(") ? name : String(example(name));
      const build = (edit: string, store = true) =>
        rig.build(
          `${source}.overrideAttrs (old: {
          nativeBuildInputs = ${inputs} ++ [ ${compilerCounter} ];
          ${more}
          ${edit}
        })`,
          { store },
        );
      const edit = `preInstall = "${again}"; postInstall = "mkdir -p $out/share; echo edited > $out/share/note";`;
      const cold = await build("");
      expect(cold.ok, cold.log).toBe(true);
      expect(compilerCalls(cold)).toBeGreaterThan(0);
      const restored = await build(edit);
      expect(restored.ok, restored.log).toBe(true);
      expect(restored.messages.join("\n")).toMatch(/^restored \S+ through (buildPhase|checkPhase) /m);
      expect(compilerCalls(restored), restored.log).toBe(0);
      const clean = await build(edit, false);
      expect(clean.ok, clean.log).toBe(true);
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    },
  );
});
