import { describe, expect, it } from "vitest";
import { compareStarts } from "../../../runtime/phase/lookup/start.ts";
import type { StartRules } from "../../../runtime/phase/lookup/starts.ts";
import { emptyState, type ShellState, type Variable } from "../../../runtime/shell/index.ts";
import { storePath, table } from "../../key/example.ts";

const rules: StartRules = {
  phases: ["unpackPhase", "buildPhase", "installPhase"],
  splits: [],
  uses: [
    { name: "makeFlags", phase: 1, digest: null },
    { name: "installFlags", phase: 2, digest: null },
    { name: "shellHook", phase: Number.POSITIVE_INFINITY, digest: null },
  ],
  late: [
    {
      path: storePath("w", "make-shell-wrapper-hook"),
      phase: 2,
      declared: false,
      provides: ["makeWrapper"],
      modules: [],
      unseen: [],
    },
  ],
  disabled: [],
  ignored: ["IGNORED"],
  table,
  storeDir: "/nix/store",
  ownPaths: [storePath("z", "phase-cache-hook")],
  buildTop: "/build",
};

const text = (value: string): Variable => ({ attributes: "x", value: { kind: "string", text: value } });

function shell(variables: Record<string, string>, functions: Record<string, string> = {}): ShellState {
  return {
    ...emptyState,
    variables: new Map(Object.entries(variables).map(([name, value]) => [name, text(value)])),
    functions: new Map(
      Object.entries(functions).map(([name, body]) => [name, { attributes: "", text: body }]),
    ),
  };
}

function conflictOf(saved: ShellState, now: ShellState, phase = 1): string | null {
  const starts = {
    saved,
    now,
    inputs: [],
    late: undefined,
    relocate: (bytes: string) => bytes.replaceAll("old", "new"),
  };
  return compareStarts(starts, rules, phase).conflict;
}

describe("the initial shells of two builds may differ in", () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["a late attribute", { installFlags: "a" }, { installFlags: "b" }],
    ["an attribute that no phase uses", {}, { shellHook: "x" }],
    ["an attribute left out of keys", { IGNORED: "a" }, { IGNORED: "b" }],
    ["the list of phases", { phases: "a b" }, { phases: "a b c", preInstallPhases: "c" }],
    ["the output path", { prefix: "/nix/store/old-x" }, { prefix: "/nix/store/new-x" }],
    ["the number of cores", { NIX_BUILD_CORES: "2" }, { NIX_BUILD_CORES: "8" }],
    [
      "the store path of phasecache",
      { nativeBuildInputs: storePath("y", "phase-cache-hook") },
      { nativeBuildInputs: storePath("z", "phase-cache-hook") },
    ],
    [
      "a late package in a list",
      { PATH: "/bin" },
      { PATH: `${storePath("w", "make-shell-wrapper-hook")}/bin:/bin` },
    ],
    [
      "packages that a late package propagates",
      { pkgsHostTarget: "" },
      { pkgsHostTarget: storePath("d", "die-hook") },
    ],
  ])("%s", (_, saved, now) => {
    expect(conflictOf(shell(saved), shell(now))).toBeNull();
  });

  it("functions that a late package's hook defines", () => {
    expect(conflictOf(shell({}), shell({}, { makeWrapper: "makeWrapper () { :; }" }))).toBeNull();
  });
});

describe("the initial shells of two builds may not differ in", () => {
  it.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
    ["a variable", { FLAGS: "-O2" }, { FLAGS: "-O0" }, /initial value of FLAGS changed: -x -O2 → -x -O0/],
    ["a new variable", {}, { FLAGS: "-O0" }, /FLAGS changed: nothing → -x -O0/],
    ["an early attribute that hooks changed", { makeFlags: "a" }, { makeFlags: "a b" }, /makeFlags/],
    ["a package in a list", { PATH: "/bin" }, { PATH: `${storePath("c", "cmake")}/bin:/bin` }, /PATH/],
    [
      "a late package in another variable",
      { X: "/bin" },
      { X: `${storePath("w", "make-shell-wrapper-hook")} /bin` },
      /X/,
    ],
  ])("%s", (_, saved, now, says) => {
    expect(conflictOf(shell(saved), shell(now))).toMatch(says);
  });

  it("a function, an option or the umask", () => {
    expect(conflictOf(shell({}, { f: "f () { a; }" }), shell({}, { f: "f () { b; }" }))).toMatch(
      /function f/,
    );
    const options = (on: boolean) => ({ ...shell({}), options: new Map([["shopt dotglob", on]]) });
    expect(conflictOf(options(false), options(true))).toMatch(/shopt dotglob on/);
    expect(conflictOf(shell({}), { ...shell({}), umask: "0077" })).toMatch(/umask/);
  });

  it("a late attribute that the snapshot's own phase uses", () => {
    expect(conflictOf(shell({ installFlags: "a" }), shell({ installFlags: "b" }), 2)).toMatch(/installFlags/);
  });
});
