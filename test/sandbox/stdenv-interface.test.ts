import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stdenvs } from "./rig/stdenvs.ts";
import { createRig, type Rig } from "./rig.ts";

const contract = join(import.meta.dirname, "contract");
const read = (...path: string[]) => readFileSync(join(...path), "utf8");

/** A derivation that logs at each level, in a function and in a hook. */
const logging = (level: string) => `pkgs.stdenv.mkDerivation {
  name = "logs";
  NIX_DEBUG = "${level}";
  phases = [ "logPhase" ];
  preLog = "nixWarnLog from a hook";
  logPhase = ''
    writes() {
      nixLog always
      for level in Error Warn Notice Info Talkative Chatty Debug Vomit; do nix''\${level}Log at $level; done
    }
    writes
    runHook preLog
    touch $out
  '';
}`;

/** A derivation with this code in its last hook. */
const linking = (code: string, attributes = "") => `pkgs.stdenv.mkDerivation {
  name = "links";
  dontUnpack = true;
  installPhase = "mkdir $out";
  postFixup = "${code}";
  ${attributes}
}`;

/** The dependencies of a package by whether its tests run: names, and attributes that are left. */
const checkInputs = `let
  tool = name: pkgs.runCommand name { } "mkdir $out";
  make = doCheck: doInstallCheck: pkgs.stdenv.mkDerivation {
    name = "checks";
    inherit doCheck doInstallCheck;
    nativeBuildInputs = [ (tool "native") ];
    buildInputs = [ (tool "library") ];
    nativeCheckInputs = [ (tool "native-check") ];
    checkInputs = [ (tool "check") ];
    nativeInstallCheckInputs = [ (tool "native-install-check") ];
    installCheckInputs = [ (tool "install-check") ];
  };
  names = map (package: package.name);
  describe = package: {
    native = names package.nativeBuildInputs;
    host = names package.buildInputs;
    left = builtins.attrNames (builtins.intersectAttrs
      { nativeCheckInputs = 0; checkInputs = 0; nativeInstallCheckInputs = 0; installCheckInputs = 0; } package);
  };
in pkgs.runCommand "described" {
  text = builtins.toJSON (map describe [ (make false false) (make true false) (make false true) (make true true) ]);
} "printf %s \\"$text\\" > $out"`;

describe.each(stdenvs)("$name", ({ nixpkgs, isRecent }) => {
  const onRig = test.skipIf(nixpkgs === undefined);
  const onRecent = test.skipIf(!isRecent);
  let rig: Rig;

  beforeAll(async () => {
    if (nixpkgs !== undefined) rig = await createRig({ nixpkgs });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  onRecent.each([
    { structured: false, unset: 'declare -- unset=" x y z"' },
    { structured: true, unset: 'declare -a unset=([0]="x" [1]="y z")' },
  ])("has nixpkgs' functions for lists, structuredAttrs $structured", async ({ structured, unset }) => {
    const args = `{ structured = ${structured}; }`;
    const result = await rig.build({ file: join(contract, "functions.nix"), args });
    expect(result.ok, result.log).toBe(true);
    const expected = read(contract, "functions.txt").replace("@unset@", unset);
    expect(read(result.outPaths.out!, "record")).toBe(expected);
  });

  onRecent("ends each phase with its post hook, also where it returns early", async () => {
    const result = await rig.build({ file: join(contract, "functions.nix") });
    const folder = join(result.outPaths.out!, "phases");
    for (const name of readdirSync(folder)) {
      const hook = `runHook post${name.replace(/^(?:cmake|ninja|meson)|Phase$/g, "").replace(/^./, (first) => first.toUpperCase())}`;
      const lines = read(folder, name)
        .trimEnd()
        .split("\n")
        .map((line) => line.trim().replace(/;$/, ""));
      expect(lines.slice(-2), name).toEqual([hook, "}"]);
      for (const [at, line] of lines.entries()) {
        if (/^return\b/.test(line)) expect(lines[at - 1], name).toBe(hook);
      }
    }
  });

  onRig.each([false, true])("sorts dependencies by platform, strictDeps %s", async (strict) => {
    const result = await rig.build({ file: join(contract, "inputs.nix"), args: `{ strict = ${strict}; }` });
    expect(result.ok, result.log).toBe(true);
    expect(read(result.outPaths.out!)).toBe(read(contract, strict ? "inputs-strict.txt" : "inputs.txt"));
  });

  onRig("adds dependencies of tests that run", async () => {
    const result = await rig.build(checkInputs);
    expect(result.ok, result.log).toBe(true);
    const of = (native: string[], host: string[]) => ({
      native: ["native", ...native],
      host: ["library", ...host],
      left: [],
    });
    expect(JSON.parse(read(result.outPaths.out!))).toEqual([
      of([], []),
      of(["native-check"], ["check"]),
      of(["native-install-check"], ["install-check"]),
      of(["native-check", "native-install-check"], ["check", "install-check"]),
    ]);
  });

  onRecent.each(["0", "3", "4", "7"])("logs up to level NIX_DEBUG=%s", async (level) => {
    const result = await rig.build(logging(level));
    expect(result.ok, result.log).toBe(true);
    const names = ["ERROR", "WARN", "NOTICE", "INFO", "TALKATIVE", "CHATTY", "DEBUG", "VOMIT"];
    const written = names.slice(0, Number(level) + 1).map((name) => {
      return `${name}: writes: at ${name[0]}${name.slice(1).toLowerCase()}`;
    });
    const lines = result.log.split("\n");
    expect(lines.filter((line) => /^([A-Z]+: )?writes: /.test(line))).toEqual(["writes: always", ...written]);
    expect(lines.includes("WARN: preLog: from a hook")).toBe(level !== "0");
    const evaluates = "TALKATIVE: preLog: evaling implicit 'preLog' string hook";
    expect(lines.includes(evaluates)).toBe(Number(level) >= 4);
    expect(lines.some((line) => /^\++ nixLog always/.test(line))).toBe(Number(level) >= 6);
  });

  onRecent("rejects other values of NIX_DEBUG", async () => {
    const result = await rig.build(logging("8"));
    expect(result.ok).toBe(false);
    expect(result.log).toContain("NIX_DEBUG");
  });

  onRecent.each([
    ["a link to a missing file of the output", "ln -s $out/missing $out/link", false],
    ["a relative one", "ln -s missing $out/link", false],
    ["a link to itself", "ln -s $out/link $out/link", false],
    ["a link into the build directory", "ln -s $TMPDIR/x $out/link", false],
    ["a link to a file of the output", "touch $out/file; ln -s file $out/link", true],
    ["a link out of the store", "ln -s /missing $out/link", true],
  ])("checks symlinks: %s", async (_, code, ok) => {
    const result = await rig.build(linking(code));
    expect(result.ok, result.log).toBe(ok);
    if (!ok) expect(result.log).toMatch(/ERROR: noBrokenSymlinks: .*link/);
  });

  onRecent("does not check symlinks with dontCheckForBrokenSymlinks", async () => {
    const result = await rig.build(
      linking("ln -s $out/missing $out/link", "dontCheckForBrokenSymlinks = true;"),
    );
    expect(result.ok, result.log).toBe(true);
  });

  onRig("passes finalAttrs with the package, and the main program", async () => {
    const result = await rig.build(`(pkgs.stdenv.mkDerivation (finalAttrs: {
      pname = "final";
      version = "1";
      phases = [ "installPhase" ];
      installPhase = "echo $version \${finalAttrs.finalPackage.passthru.word} > $out; echo \\\${NIX_MAIN_PROGRAM-} >> $out";
      passthru.word = finalAttrs.word;
      word = "old";
      meta.mainProgram = "run";
    })).overrideAttrs (_: { version = "2"; word = "new"; })`);
    expect(result.ok, result.log).toBe(true);
    expect(read(result.outPaths.out!)).toBe(isRecent ? "2 new\nrun\n" : "2 new\n\n");
  });
});
