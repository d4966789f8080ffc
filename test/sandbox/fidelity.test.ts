import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

describe(`files that can't be relocated, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let sources: Sources;
  beforeAll(async () => {
    sources = await fetchSources(["markupsafe"]);
    rig = await createRig({ tarballs: sources.folder });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("compressed data that contains an output path is a miss with the reason", async () => {
    const build = (note: string) =>
      rig.build(`pkgs.stdenv.mkDerivation {
        pname = "compressed"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
        buildPhase = "echo $out | gzip -n > path.gz; echo $out > path";
        installPhase = "mkdir -p $out; cp path path.gz $out; echo ${note} > $out/note";
      }`);
    await build("first");
    const { messages, ok, log } = await build("second");
    expect(ok, log).toBe(true);
    expect(messages.join("\n")).toMatch(/^miss at buildPhase: build\/path\.gz contains an output path/m);
    expect(messages.filter((line) => line.includes("still refers to an output"))).toEqual([]);
  });

  it("an output path that the compiler split is a miss with the reason, not a wrong result", async () => {
    const program = `#include <string.h>\nchar b[200];\nint main(void) { strcpy(b, PREFIX); return b[0] != 47; }`;
    const build = (note: string, store = true) =>
      rig.build(
        `pkgs.stdenv.mkDerivation {
          pname = "split"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
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
    expect(restored.messages[1]).toMatch(/^miss at buildPhase: build\/a contains an output path in pieces/);
    const clean = await build("second", false);
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
  });

  it("a wheel that contains an output path is a miss with the reason", async () => {
    expect(sources.missing.markupsafe).toBeUndefined();
    const build = (note: string, store = true) =>
      rig.build(
        `${String(example("markupsafe"))}.overrideAttrs (old: {
          env = { NIX_CFLAGS_COMPILE = "-g0"; };
          postInstall = "mkdir -p $out/share; echo ${note} > $out/share/note";
        })`,
        { store },
      );
    const cold = await build("first");
    expect(cold.ok, cold.log).toBe(true);
    const restored = await build("second");
    expect(restored.messages.join("\n")).toMatch(
      /^miss at buildPhase: \S+ (?:contains an output path in (?:packed data|a format)|contains a digest)/m,
    );
    const clean = await build("second", false);
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
  });
});
