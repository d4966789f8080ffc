import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { everyVariable } from "../../../runtime/key/code/analyse.ts";
import { codeNames, createScanner } from "../../../runtime/key/code/scanner.ts";
import { functionsOf } from "./functions.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: shell
const dynamic = 'if [ "${buildPhase-}" = ninjaBuildPhase ]; then flags=-GNinja; fi';
const functions = functionsOf(`
  cmakeConfigurePhase() { runHook preConfigure; ${dynamic}; [ -z "$doCheck" ] || helper; }
  helper() { echo $fromHelper; deeper | cat; }
  deeper() { echo $fromDeeper; helper; }
  ninjaBuildPhase() { echo $fromNinja; }
  onConfigure() { echo $fromHook; }
  tolerant() { echo "set dontX=1"; helper; }
  leak() { env > file; }
`);
const variables = new Map([
  ["configurePhase", "cmakeConfigurePhase"],
  ["preConfigureHooks", "onConfigure\necho $fromText"],
  ["postBuild", " helper"],
]);
const options = {
  accounted: new Set(["tolerant"]),
  stdenvTexts: [],
  attributes: new Map(),
  storeDir: "/nix/store",
  wanted: [],
  commands: [],
  splits: [],
  phases: ["testPhase"],
  switches: ["doCheck"],
};
const scanner = createScanner({ functions, variables }, options);

describe("codeNames", () => {
  it("returns the phase and the hooks before and after it", () => {
    const names = ["buildPhase", "preBuild", "preBuildHooks", "postBuild", "postBuildHooks"];
    expect(codeNames("buildPhase", [])).toEqual(names);
    expect(codeNames("unpackPhase", [])).toEqual(expect.arrayContaining(["unpackCmdHooks", "setSourceRoot"]));
    expect(codeNames("fixupPhase", [])).toContain("fixupOutputHooks");
    expect(codeNames("moveBuildDir", [])).toEqual(["moveBuildDir"]);
  });
});

describe("scan", () => {
  it("returns a text's own words", () => {
    expect([...scanner.scan("echo $x")].sort()).toEqual(["echo", "x"]);
  });

  it("returns the words of functions that it calls, directly, indirectly and recursively", () => {
    const words = scanner.scan("helper");
    expect(words).toContain("fromHelper");
    expect(words).toContain("fromDeeper");
  });

  it("does not follow a function whose name is only compared", () => {
    const words = scanner.scan("cmakeConfigurePhase");
    expect(words).toContain("buildPhase");
    expect(words).not.toContain("fromNinja");
  });

  it("follows hooks by the name that runHook is given", () => {
    expect(scanner.scan("runHook preConfigure")).toContain("fromHook");
    expect(scanner.scan("runHook preConfigure")).toContain("fromText");
    expect(scanner.scan("runHook postBuild")).toContain("fromDeeper");
  });

  it("returns the calls of an accounted function, but not its words", () => {
    const words = scanner.scan("tolerant");
    expect(words).not.toContain("dontX");
    expect(words).toContain("fromHelper");
  });

  it("marks a text that reads every variable, also through functions", () => {
    expect(scanner.scan("leak")).toContain(everyVariable);
    expect(scanner.scan("helper")).not.toContain(everyVariable);
  });

  it("does not follow the paths of programs that stdenv adds to every build", () => {
    const storeDir = mkdtempSync(join(tmpdir(), "phasecache-scanner-"));
    const program = (name: string) => {
      mkdirSync(join(storeDir, name));
      const path = join(storeDir, name, "cc");
      writeFileSync(path, "#!/bin/bash\nenv > flags\n");
      return path;
    };
    const [own, other] = ["hash-cc", "hash-tool"].map(program);
    const inStore = createScanner(
      { functions, variables },
      { ...options, storeDir, stdenvTexts: [`defaultNativeBuildInputs="${storeDir}/hash-cc"`] },
    );
    expect(inStore.scan(`echo linker=${own}`)).not.toContain(everyVariable);
    expect(inStore.scan(`echo linker=${other}`)).toContain(everyVariable);
    rmSync(storeDir, { recursive: true });
  });
});

describe("scanScript", () => {
  it("takes variables that nothing has set for unset", () => {
    const text = 'eval "$perlPreHook"; genericBuild';
    expect(scanner.scan(text)).toContain(everyVariable);
    expect(scanner.scanScript(text)).not.toContain(everyVariable);
  });
});

describe("scanPhase", () => {
  it("follows the functions with which setup hooks replace and surround a phase", () => {
    const words = scanner.scanPhase("configurePhase");
    for (const word of ["doCheck", "fromHelper", "fromHook", "fromText"]) expect(words).toContain(word);
    expect(scanner.scanPhase("buildPhase")).toContain("fromDeeper");
    expect(scanner.scanPhase("buildPhase")).not.toContain("fromHook");
  });

  it("follows a phase that is a function", () => {
    expect(scanner.scanPhase("onConfigure")).toContain("fromHook");
    expect(scanner.scanPhase("unknownPhase").size).toBe(0);
  });
});
