import { mkdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Input } from "../../../runtime/key/input.ts";
import { compareStarts } from "../../../runtime/phase/lookup/start.ts";
import type { StartRules } from "../../../runtime/phase/lookup/starts.ts";
import type { ShellState, Variable } from "../../../runtime/shell/index.ts";
import { sha256 } from "../../../runtime/util/hash.ts";
import { storePath, table } from "../../key/example.ts";
import { makeFolder } from "../../store/example.ts";
import { shell } from "../rig.ts";

const wrapper = storePath("w", "make-shell-wrapper-hook");
const unknown = storePath("u", "my-hook");
const own = storePath("z", "phase-cache-hook");

const usual: StartRules = {
  phases: ["unpackPhase", "buildPhase", "installPhase"],
  splits: [],
  uses: [
    { name: "makeFlags", phase: 1, digest: null },
    { name: "installFlags", phase: 2, digest: null },
    { name: "shellHook", phase: Number.POSITIVE_INFINITY, digest: null },
    { name: "twice", phase: 2, digest: null },
    { name: "twice", phase: 1, digest: null },
    // The table of uses says late, but buildPhase is the phase that runs it.
    { name: "preBuild", phase: 2, digest: null },
  ],
  late: [{ path: wrapper, phase: 2, declared: false, provides: ["makeWrapper"], modules: [], unseen: [] }],
  disabled: [],
  ignored: ["IGNORED", "postUnpack"],
  table,
  storeDir: "/nix/store",
  ownPaths: [own],
  buildTop: "/build",
};

interface More {
  rules?: Partial<StartRules>;
  inputs?: readonly Input[];
  index?: number;
}

function conflictOf(saved: ShellState, now: ShellState, { rules, inputs = [], index = 1 }: More = {}) {
  const starts = {
    saved,
    now,
    inputs,
    late: undefined,
    relocate: (bytes: string) => bytes.replaceAll("old", "new"),
  };
  return compareStarts(starts, { ...usual, ...rules }, index).conflict;
}

/** Whether the snapshots of unpackPhase, buildPhase and installPhase are valid: yes or no for each. */
function validity(saved: ShellState, now: ShellState): string {
  return [0, 1, 2].map((index) => (conflictOf(saved, now, { index }) === null ? "yes" : "no")).join(" ");
}

describe("the phases whose snapshots are valid if this differs:", () => {
  it.each([
    ["FLAGS", "no no no"],
    ["makeFlags", "yes no no"],
    ["installFlags", "yes yes no"],
    ["shellHook", "yes yes yes"],
    ["twice", "yes no no"],
    ["IGNORED", "yes yes yes"],
    ["postUnpack", "yes yes yes"],
    ["preUnpack", "no no no"],
    ["preBuild", "yes no no"],
    ["postBuildHooks", "yes no no"],
    ["buildPhase", "yes no no"],
    ["preInstall", "yes yes no"],
    ["installPhase", "yes yes no"],
    ["phases", "yes yes yes"],
    ["preInstallPhases", "yes yes yes"],
    ["SHLVL", "yes yes yes"],
    ["OLDPWD", "yes yes yes"],
    ["DIRSTACK", "yes yes yes"],
    ["makeWrapper", "yes yes no"],
  ])("%s: %s", (name, expected) => {
    expect(validity(shell({ [name]: "a" }), shell({ [name]: "b" }))).toBe(expected);
    expect(validity(shell(), shell({ [name]: "b" }))).toBe(expected);
    expect(validity(shell({ [name]: "a" }), shell())).toBe(expected);
    // The same holds for functions, but for names of bash's own variables.
    if (!/^(?:SHLVL|OLDPWD|DIRSTACK)$/.test(name))
      expect(validity(shell({}, { [name]: "a" }), shell({}, { [name]: "b" }))).toBe(expected);
  });

  it.each([...table.perBuild, ...table.hookOptions])("%s: all", (name) => {
    expect(validity(shell({ [name]: "a" }), shell({ [name]: "b" }))).toBe("yes yes yes");
  });

  it.each(["runPhase", "exitHandler"])("the function %s, which the hook wraps: all", (name) => {
    expect(validity(shell({}, { [name]: "a" }), shell({}, { [name]: "b" }))).toBe("yes yes yes");
  });
});

const indexed = (...items: string[]): Variable => ({
  attributes: "a",
  value: { kind: "indexed", items: items.map((text, i) => [String(i), text]) },
});
const members = (values: Record<string, string>): Variable => ({
  attributes: "A",
  value: { kind: "associative", items: Object.entries(values) },
});
const withVariable = (name: string, variable: Variable): ShellState => ({
  ...shell(),
  variables: new Map([[name, variable]]),
});

describe("lists", () => {
  it.each([
    ["PATH", `/bin:${wrapper}/bin`, "yes yes no"],
    ["PATH", `${own}/bin:/bin`, "yes yes yes"],
    ["PATH", `/bin:${storePath("y", "phase-cache-hook")}/bin`, "yes yes yes"],
    ["PATH", `/bin:${storePath("o", "make-shell-wrapper-hook")}/bin`, "yes yes no"],
    ["HOST_PATH", `/bin:${wrapper}/bin`, "yes yes no"],
    ["XDG_DATA_DIRS", `${wrapper}/share:/bin`, "yes yes no"],
    ["CMAKE_PREFIX_PATH", `/bin:${wrapper}`, "yes yes no"],
    ["nativeBuildInputs", `/bin ${wrapper}`, "yes yes no"],
    ["propagatedBuildInputs", `/bin ${wrapper}`, "yes yes no"],
    ["pkgsHostTarget", `/bin ${wrapper}`, "yes yes no"],
  ])("%s may differ in packages that only later phases use: %s", (name, now, expected) => {
    expect(validity(shell({ [name]: "/bin" }), shell({ [name]: now }))).toBe(expected);
    expect(validity(shell({ [name]: now }), shell({ [name]: "/bin" }))).toBe(expected);
  });

  it.each([
    ["PATH", `/bin:${storePath("c", "cmake-3.29.2")}/bin`],
    ["PATH", `/bin:${unknown}/bin`],
    ["PATH", "/bin:/usr/bin"],
    ["PATH", ""],
    ["nativeBuildInputs", `/bin ${unknown}`],
    ["FLAGS", `/bin ${wrapper}`],
  ])("%s may not differ in other elements: %s", (name, now) => {
    expect(conflictOf(shell({ [name]: "/bin" }), shell({ [name]: now }))).toContain(name);
  });

  it("may not differ in order", () => {
    expect(conflictOf(shell({ PATH: "/a:/b" }), shell({ PATH: "/b:/a" }))).toContain("PATH");
  });

  it("may not differ in a package that the snapshot's own phase uses", () => {
    const [saved, now] = [shell({ PATH: "/bin" }), shell({ PATH: `/bin:${wrapper}/bin` })];
    expect(validity(saved, now)).toBe("yes yes no");
    const early = [{ path: wrapper, phase: 1, declared: false, provides: [], modules: [], unseen: [] }];
    expect(conflictOf(saved, now, { rules: { late: early } })).toContain("PATH");
    // By the table alone, if this build does not list the package as late.
    expect(conflictOf(saved, now, { rules: { late: [] } })).toBeNull();
    expect(conflictOf(saved, now, { rules: { late: [] }, index: 2 })).toContain("PATH");
  });

  it("may be arrays", () => {
    const inputs = (...items: string[]) => withVariable("nativeBuildInputs", indexed(...items));
    expect(conflictOf(inputs("/a"), inputs("/a", wrapper))).toBeNull();
    expect(conflictOf(inputs(wrapper), shell())).toBeNull();
    expect(conflictOf(inputs("/a"), inputs("/a", unknown))).toContain("nativeBuildInputs");
  });

  it("of functions may differ in those that a late package defines", () => {
    const hooks = (...items: string[]) => withVariable("envHostTargetHooks", indexed(...items));
    expect(conflictOf(hooks("addPath"), hooks("addPath", "makeWrapper"))).toBeNull();
    expect(conflictOf(hooks("addPath"), hooks("addPath", "addMore"))).toContain("envHostTargetHooks");
  });

  it("of variables, as env with structuredAttrs, may differ in late ones", () => {
    const env = (values: Record<string, string>) => withVariable("env", members(values));
    expect(conflictOf(env({ A: "1", installFlags: "a" }), env({ A: "1", installFlags: "b" }))).toBeNull();
    expect(conflictOf(env({ A: "1" }), env({ A: "2" }))).toContain("env");
  });
});

describe("a package that phaseCacheFirstUse makes late", () => {
  const input = { name: "nativeBuildInputs.my-hook", phase: 2, digest: sha256(""), preview: unknown };
  const installed = shell({ PATH: `/bin:${unknown}/bin`, MY_HOOK: "1" });
  const without = shell({ PATH: "/bin" });

  it("may add what its setup hook defines", () => {
    const late = [
      { path: unknown, phase: 2, declared: false, provides: ["MY_HOOK"], modules: [], unseen: [] },
    ];
    expect(conflictOf(without, installed, { rules: { late } })).toBeNull();
    expect(conflictOf(without, installed, { rules: { late: [{ ...late[0]!, provides: [] }] } })).toContain(
      "MY_HOOK",
    );
  });

  it("may be missing from lists of this build", () => {
    const path = shell({ PATH: `/bin:${unknown}/bin` });
    expect(conflictOf(path, without, { inputs: [input] })).toBeNull();
    expect(conflictOf(path, without, { inputs: [{ ...input, phase: 1 }] })).toContain("PATH");
    expect(conflictOf(installed, without, { inputs: [input] })).toContain("MY_HOOK");
  });

  it("makes removed variables and functions acceptable if this build has such a package", () => {
    const late = [
      {
        path: storePath("v", "other-hook"),
        phase: 2,
        declared: false,
        provides: [],
        modules: [],
        unseen: [],
      },
    ];
    expect(conflictOf(installed, without, { inputs: [input], rules: { late } })).toBeNull();
    expect(conflictOf(shell({ X: "1" }), shell(), { rules: { ignored: ["buildInputs"] } })).toBeNull();
    expect(conflictOf(shell({ X: "1" }), shell({ X: "2" }), { rules: { late } })).toContain("X");
    expect(conflictOf(shell({}, { f: "f" }), shell(), { rules: { late } })).toBeNull();
  });
});

describe("other differences of the initial state", () => {
  const none = shell();
  const options = (...on: [string, boolean][]) => ({ ...none, options: new Map(on) });
  it.each<[string, ShellState, ShellState, string | null]>([
    ["a variable's attributes", shell({ A: "1" }), withVariable("A", indexed("1")), "A"],
    [
      "an unset variable",
      shell({ A: "" }),
      withVariable("A", { attributes: "x", value: { kind: "unset" } }),
      "A",
    ],
    ["an output path in a variable", shell({ A: "/old/x" }), shell({ A: "/new/x" }), null],
    ["an output path in a function", shell({}, { f: "f () old" }), shell({}, { f: "f () new" }), null],
    ["a function", shell({}, { f: "f () a" }), shell({}, { f: "f () b" }), "function f"],
    ["a new function", none, shell({}, { f: "f () b" }), "function f"],
    ["an option", options(["shopt dotglob", true]), options(["shopt dotglob", false]), "shopt dotglob"],
    ["an option that only one bash version has", none, options(["shopt newest", true]), null],
    ["the umask", none, { ...none, umask: "0077" }, "umask"],
    ["the working directory", none, { ...none, cwd: "/build/source" }, "/build/source"],
    ["an output path in the working directory", { ...none, cwd: "/old" }, { ...none, cwd: "/new" }, null],
    ["several differences: the first by name", shell({ B: "1", A: "1" }), shell({ B: "2", A: "2" }), "A"],
  ])("%s", (_, saved, now, names) => {
    const conflict = conflictOf(saved, now);
    if (names === null) expect(conflict).toBeNull();
    else expect(conflict).toContain(names);
  });
});

describe("directories under random names", () => {
  it("are returned with the old and the new name if they exist in this build", () => {
    const buildTop = makeFolder();
    const names = (one: string, two: string) =>
      shell({ HOME: `${buildTop}/${one}`, LIST: `${buildTop}/${two}/x ${buildTop}/${one}` });
    const [saved, now] = [names("tmp.aaaaaaaaaa", "w-bbbbbb"), names("tmp.cccccccccc", "w-dddddd")];
    const compare = () =>
      compareStarts(
        { saved, now, inputs: [], late: undefined, relocate: (bytes) => bytes },
        { ...usual, buildTop },
        1,
      );
    mkdirSync(`${buildTop}/tmp.cccccccccc`);
    mkdirSync(`${buildTop}/w-dddddd`);
    expect(compare()).toEqual({
      conflict: null,
      warnings: [],
      randomNames: new Map([
        ["tmp.aaaaaaaaaa", "tmp.cccccccccc"],
        ["w-bbbbbb", "w-dddddd"],
      ]),
    });
    rmSync(`${buildTop}/w-dddddd`, { recursive: true });
    expect(compare().conflict).toContain("LIST");
  });
});
