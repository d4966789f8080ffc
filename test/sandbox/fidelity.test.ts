import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildResult, compareOutputs, createRig, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

/**
 * A setup hook that puts a counting wrapper before every compiler, and an attribute that prints the count in the end.
 * CMake looks for compilers elsewhere than in PATH, and takes a launcher instead. The wrappers lie in the sandbox's /tmp: no snapshot has them.
 */
const counter = `(builtins.toFile "setup-hook.sh" ''
  countCompilers() {
    mkdir -p /tmp/count
    touch /tmp/count/calls
    local name real
    for name in gcc g++ cc c++; do
      real=$(type -P "$name") || continue
      printf '#!/bin/bash\\necho call >> /tmp/count/calls\\nexec %s "$@"\\n' "$real" > "/tmp/count/$name"
      chmod +x "/tmp/count/$name"
    done
    printf '#!/bin/bash\\necho call >> /tmp/count/calls\\nexec "$@"\\n' > /tmp/count/launcher
    chmod +x /tmp/count/launcher
    PATH=/tmp/count:$PATH
  }
  postHooks+=(countCompilers)
'')`;
const report = `echo "compiler calls: $(wc -l < /tmp/count/calls)"`;

function callsIn({ log }: BuildResult): number {
  const count = /^compiler calls: (\d+)$/m.exec(log)?.[1];
  expect(count, log).toBeDefined();
  return Number(count);
}

/** Real packages, each with the install prefix somewhere in what the compiler or the build system sees. */
const packages: Record<string, { name: string; more?: string; inputs?: string }> = {
  "autotools (hello)": { name: "hello" },
  "plain make (zstd)": { name: "zstd" },
  "CMake and ninja (jansson), the prefix in every command": {
    name: "jansson",
    more: `cmakeFlags = [ "-DCMAKE_C_FLAGS=-DPREFIX=\${placeholder "out"}/share" "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/count/launcher" "-DJANSSON_BUILD_DOCS=OFF" ];`,
  },
  "CMake and make (jansson), the prefix in every command": {
    name: "jansson",
    more: `cmakeFlags = [ "-DCMAKE_C_FLAGS=-DPREFIX=\${placeholder "out"}/share" "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/count/launcher" "-DJANSSON_BUILD_DOCS=OFF" ];`,
    inputs: "[ pkgs.cmake pkgs.phaseCacheHook ]",
  },
  "libtool, several outputs, structuredAttrs (libev)": { name: "libev" },
};

describe(`fidelity, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let sources: Sources;
  beforeAll(async () => {
    sources = await fetchSources();
    rig = await createRig({ tarballs: sources.folder });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(Object.entries(packages))(
    "%s: an edited postInstall compiles nothing",
    async (_, { name, more = "", inputs = "old.nativeBuildInputs" }) => {
      expect(sources.missing[name]).toBeUndefined();
      const build = (edit: string, store = true) =>
        rig.build(
          `let counter = ${counter}; in ${String(example(name))}.overrideAttrs (old: {
          nativeBuildInputs = ${inputs} ++ [ counter ];
          postFixup = ''${report}'';
          ${more}
          ${edit}
        })`,
          { store },
        );
      const edit = `postInstall = "mkdir -p $out/share; echo edited > $out/share/note";`;
      const cold = await build("");
      expect(cold.ok, cold.log).toBe(true);
      expect(callsIn(cold)).toBeGreaterThan(0);
      const restored = await build(edit);
      expect(restored.ok, restored.log).toBe(true);
      expect(restored.messages.join("\n")).toMatch(/^restored \S+ through (buildPhase|checkPhase) /m);
      expect(callsIn(restored), restored.log).toBe(0);
      const clean = await build(edit, false);
      expect(clean.ok, clean.log).toBe(true);
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    },
  );

  it("a leftover in compressed data is named", async () => {
    const build = (note: string) =>
      rig.build(`pkgs.stdenv.mkDerivation {
        pname = "planted"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
        buildPhase = "echo $out | gzip -n > path.gz; echo $out > path";
        installPhase = "mkdir -p $out; cp path path.gz $out; echo ${note} > $out/note";
      }`);
    await build("first");
    const { messages, ok, log } = await build("second");
    expect(ok, log).toBe(true);
    const warnings = messages.filter((line) => line.includes("still names an output"));
    expect(warnings).toEqual([expect.stringMatching(/\/path\.gz \(in its gzip data\)/)]);
  });

  it("a path that the compiler took apart is a miss that says so, not a wrong result", async () => {
    const program = `#include <string.h>\nchar b[200];\nint main(void) { strcpy(b, PREFIX); return b[0] != 47; }`;
    const build = (note: string, store = true) =>
      rig.build(
        `pkgs.stdenv.mkDerivation {
          pname = "apart"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
          program = ${JSON.stringify(program)};
          configurePhase = "echo configured > config";
          buildPhase = ''printf '%s\\n' "$program" > a.c; gcc -O2 -mgeneral-regs-only -DPREFIX="\\"$out\\"" a.c -o a'';
          installPhase = "mkdir -p $out; cp a $out; echo ${note} > $out/note";
        }`,
        { store },
      );
    const cold = await build("first");
    expect(cold.ok, cold.log).toBe(true);
    const restored = await build("second");
    expect(restored.messages[0]).toMatch(/^restored \S+ through configurePhase/);
    expect(restored.messages[1]).toMatch(
      /^miss at buildPhase: build\/a holds the path of an output in pieces/,
    );
    const clean = await build("second", false);
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
  });
});
