import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stdenvs } from "./rig/stdenvs.ts";
import { type BuildResult, createRig, nixPath, type Rig } from "./rig.ts";
import { example, fetchSources, type Sources } from "./sources.ts";

const contract = join(import.meta.dirname, "contract");

/**
 * The record of the contract package, with own paths replaced by output names. The order of flags does not matter, and
 * `--oldincludedir` is optional.
 */
function record(result: BuildResult): string[] {
  return readFileSync(join(result.outPaths.dev!, "record"), "utf8")
    .trimEnd()
    .replace(/\/nix\/store\/[a-z0-9]{32}-contract-1(-dev)?/g, (_, dev) => (dev ? "$dev" : "$out"))
    .split("\n")
    .map(sortedFlags);
}

function expectedRecord(attributes: string): string[] {
  const text = readFileSync(join(contract, "record.txt"), "utf8");
  return text.trimEnd().replace("@attributes@", `  ${attributes}`).split("\n").map(sortedFlags);
}

function sortedFlags(line: string): string {
  if (!line.startsWith("configure ")) return line;
  const flags = line.split(" ").filter((flag) => !flag.startsWith("--oldincludedir="));
  return flags.toSorted().join(" ");
}

const phases = [
  ...["firstPhase", "unpackPhase", "patchPhase", "configurePhase", "betweenPhase", "buildPhase"],
  ...["checkPhase", "installPhase", "fixupPhase", "installCheckPhase", "lastPhase"],
];

/** An example without the hook. */
function plain(name: string) {
  return example(name, "{ phaseCacheHook = null; }");
}

describe.each(stdenvs)("$name", ({ nixpkgs }) => {
  const onRig = test.skipIf(nixpkgs === undefined);
  let sources: Sources;
  let rig: Rig;

  beforeAll(async () => {
    if (nixpkgs === undefined) return;
    sources = await fetchSources();
    rig = await createRig({ nixpkgs, tarballs: sources.folder });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  onRig.each([
    { structured: false, attributes: "passAsFile: contents" },
    { structured: true, attributes: "2 elements, the first is one two; value" },
  ])(
    "has the interface of nixpkgs' stdenv, structuredAttrs $structured",
    async ({ structured, attributes }) => {
      const result = await rig.build({ file: contract, args: `{ structured = ${structured}; }` });
      expect(result.ok, result.log).toBe(true);
      expect(result.phases).toEqual(phases);
      expect(record(result)).toEqual(expectedRecord(attributes));
      checkFixup(result.outPaths.out!, result.outPaths.dev!);
    },
  );

  onRig("runs failureHooks, and nothing else after a failed phase", async () => {
    const result = await rig.build(`pkgs.stdenv.mkDerivation {
      name = "fails";
      dontUnpack = true;
      preBuild = ''
        failureHooks+=("echo failure in $curPhase")
        exitHooks+=("echo success")
      '';
      buildPhase = "runHook preBuild; false; echo after";
    }`);
    expect(result.ok).toBe(false);
    expect(result.log).toContain("failure in buildPhase");
    expect(result.log).not.toMatch(/^(after|success)$/m);
    expect(result.phases.at(-1)).toBe("buildPhase");
  });

  onRig("runs the phases in `phases`, functions and strings, and skips disabled ones", async () => {
    const result = await rig.build(`pkgs.stdenv.mkDerivation {
      name = "phases";
      phases = [ "ownPhase" "buildPhase" "checkPhase" "installPhase" "fixupPhase" ];
      ownPhase = "buildPhase() { exit 1; }; installPhase() { mkdir $out; echo $kept > $out/kept; }; kept=kept";
      dontBuild = true;
      dontFixup = true;
    }`);
    expect(result.ok, result.log).toBe(true);
    expect(result.phases).toEqual(["ownPhase", "installPhase"]);
    expect(readFileSync(join(result.outPaths.out!, "kept"), "utf8")).toBe("kept\n");
  });

  onRig("enters sourceRoot, also with several sources", async () => {
    const result = await rig.build(`pkgs.stdenv.mkDerivation {
      name = "roots";
      srcs = [ ${nixPath(join(contract, "source"))} ${nixPath(join(import.meta.dirname, "zstd"))} ];
      sourceRoot = "zstd";
      dontBuild = true;
      installPhase = ''echo ''\${PWD#$NIX_BUILD_TOP} $(ls ..) > $out'';
    }`);
    expect(result.ok, result.log).toBe(true);
    expect(readFileSync(result.outPaths.out!, "utf8")).toBe("/zstd env-vars source zstd\n");
  });

  onRig.for([
    { name: "hello", files: { out: "share/man/man1/hello.1.gz" } },
    { name: "zstd", files: { out: "lib/pkgconfig/libzstd.pc" } },
    { name: "jansson", files: { out: "lib/pkgconfig/jansson.pc" } },
    {
      name: "libev",
      files: { out: "lib/libev.so.4.0.0", dev: "include/ev.h", man: "share/man/man3/ev.3.gz" },
    },
  ])("builds $name", async ({ name, files }, { skip }) => {
    const reason = sources.missing[name];
    if (reason !== undefined) skip(reason);
    const result = await rig.build(plain(name));
    expect(result.ok, result.log).toBe(true);
    expect(Object.keys(result.outPaths)).toEqual(Object.keys(files).toSorted());
    for (const [output, file] of Object.entries(files)) {
      expect(existsSync(join(result.outPaths[output]!, file)), file).toBe(true);
    }
    expect(result.phases).toContain("buildPhase");
  });
});

function checkFixup(out: string, dev: string): void {
  expect(readFileSync(join(out, "bin/script"), "latin1")).toMatch(/^#!\/usr\/bin\/bash\n/);
  expect(readlinkSync(join(out, "share/man/man1/alias.1.gz"))).toBe("program.1.gz");
  const page = execFileSync("gzip", ["-dc", join(out, "share/man/man1/program.1.gz")], { encoding: "utf8" });
  expect(page).toContain("says something");
  const sections = execFileSync("readelf", ["--sections", "--wide", join(out, "bin/program")], {
    encoding: "utf8",
  });
  expect(sections).not.toContain(".debug_info");
  expect(existsSync(join(out, "include"))).toBe(false);
  expect(existsSync(join(dev, "include/program.h"))).toBe(true);
  expect(existsSync(join(out, "share/bash-completion/completions/program.bash"))).toBe(true);
}
