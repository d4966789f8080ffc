import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { KeySource } from "../../runtime/key/chain.ts";
import { closureOf } from "../../runtime/key/derivation/closure.ts";
import { modulesIn, unseenUsesOf } from "../../runtime/key/derivation/unseen-uses.ts";
import { derivationOf, helloEnvironment, keysOf, standardPhases, switches } from "./example.ts";

const root = mkdtempSync(join(tmpdir(), "phasecache-inputs-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A Nix store with packages that have files: their paths and texts. */
function storeWith(packages: Record<string, Record<string, string>>) {
  const storeDir = mkdtempSync(join(root, "store-"));
  const pathOf = (name: string) => join(storeDir, `${"0".repeat(32)}-${name}`);
  for (const [name, files] of Object.entries(packages)) {
    mkdirSync(pathOf(name));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(pathOf(name), file)), { recursive: true });
      writeFileSync(
        join(pathOf(name), file),
        text.replace(/@([\w.-]+)@/g, (_, other) => pathOf(other)),
      );
    }
  }
  return { storeDir, pathOf };
}

const sitePackages = "lib/python3.13/site-packages";
const entryPoints = (text: string) => ({ [`${sitePackages}/x-1.dist-info/entry_points.txt`]: text });
const { storeDir, pathOf } = storeWith({
  "frob-1": { "bin/frob": "", "nix-support/propagated-build-inputs": "@deep-2@ @shared-1@" },
  "deep-2": { "bin/deep": "", "nix-support/propagated-native-build-inputs": "@frob-1@" },
  "shared-1": { "bin/shared": "" },
  "python3.13-plain-1": { "bin/plain": "", [`${sitePackages}/plain.py`]: "" },
  "lib-1": { "lib/libx.so.1": "" },
  "headers-1": { "include/x.h": "" },
  "setter-hook": { "nix-support/setup-hook": "export SETTER=1\n" },
});
const attributes = { ...helloEnvironment(), NIX_STORE: storeDir, doCheck: "1", doInstallCheck: "1" };

function keysWith(edit: Record<string, string>, rest: Partial<KeySource> = {}) {
  const environment = { ...attributes, nativeBuildInputs: "", buildInputs: "", ...edit };
  return keysOf(environment, { derivation: derivationOf(environment), ...rest });
}

/** The phases of the elements of dependency lists, by the elements' names. */
function phasesOf(edit: Record<string, string>, rest: Partial<KeySource> = {}): Record<string, string> {
  const { inputs } = keysWith(edit, rest);
  const elements = inputs.filter(
    ({ name }) => name.includes("BuildInputs.") || name.includes("buildInputs."),
  );
  return Object.fromEntries(elements.map(({ name, phase }) => [name, standardPhases[phase]!]));
}

const [frob, plain] = [pathOf("frob-1"), pathOf("python3.13-plain-1")];

describe("closureOf", () => {
  it("returns what inputs propagate, each once", () => {
    expect([...closureOf([frob])]).toEqual([frob, pathOf("deep-2"), pathOf("shared-1")]);
    expect([...closureOf(["/missing"])]).toEqual(["/missing"]);
  });
});

describe("phaseCacheFirstUse with a package", () => {
  it("assigns one package, with or without the name of its language", () => {
    const nativeBuildInputs = `${frob} ${plain}`;
    for (const name of ["plain", "python3.13-plain"])
      expect(
        phasesOf({ nativeBuildInputs, phaseCacheFirstUse: `nativeBuildInputs/${name}=fixupPhase` }),
      ).toEqual({
        "nativeBuildInputs.frob": "unpackPhase",
        "nativeBuildInputs.python3.13-plain": "fixupPhase",
      });
  });

  it("assigns all elements of that name, in that list", () => {
    const phaseCacheFirstUse = "nativeBuildInputs/frob=fixupPhase";
    expect(phasesOf({ nativeBuildInputs: `${frob} ${frob}`, buildInputs: frob, phaseCacheFirstUse })).toEqual(
      {
        "nativeBuildInputs.frob": "fixupPhase",
        "nativeBuildInputs.frob#2": "fixupPhase",
        "buildInputs.frob": "unpackPhase",
      },
    );
  });

  it.each([
    ["nativeBuildInputs/other", /nativeBuildInputs has no package other \(it has frob\)/],
    ["buildInputs/frob", /buildInputs has no package frob \(it has none\)/],
    [
      "builtInputs/frob",
      /builtInputs in builtInputs\/frob is not one of the dependency lists \(.*buildInputs/,
    ],
  ])("is a problem if it names nothing: %s", (name, problem) => {
    const edit = { nativeBuildInputs: frob, phaseCacheFirstUse: `${name}=fixupPhase` };
    expect(keysWith(edit).problems).toEqual([expect.stringMatching(problem)]);
  });

  it.each(["frob", "deep"])("is a problem if an early phase names a program: %s", (program) => {
    const nativeBuildInputs = frob;
    const phaseCacheFirstUse = "nativeBuildInputs/frob=fixupPhase";
    const { problems } = keysWith({ nativeBuildInputs, phaseCacheFirstUse, preBuild: `${program} x` });
    expect(problems).toEqual([
      "phaseCacheFirstUse: nativeBuildInputs/frob is used before fixupPhase, because preBuild names it",
    ]);
  });

  it("does not count programs that early inputs have, too", () => {
    const edit = {
      nativeBuildInputs: frob,
      buildInputs: pathOf("shared-1"),
      phaseCacheFirstUse: "nativeBuildInputs/frob=fixupPhase",
      preBuild: "shared x; deeper; frobnicate",
    };
    expect(phasesOf(edit)["nativeBuildInputs.frob"]).toBe("fixupPhase");
    const late = keysWith(edit).late.map(({ path, phase }) => [path, standardPhases[phase]]);
    expect(late).toEqual([
      [frob, "fixupPhase"],
      [pathOf("deep-2"), "fixupPhase"],
    ]);
  });
});

describe("phaseCacheCheckInputs", () => {
  const first = (edit: Record<string, string>, rest: Partial<KeySource> = {}) =>
    phasesOf({ nativeBuildInputs: `${frob} ${plain}`, phaseCacheCheckInputs: "frob plain", ...edit }, rest)[
      "nativeBuildInputs.frob"
    ];

  it("assigns packages to the first phase that runs tests", () => {
    expect(first({})).toBe("checkPhase");
    expect(first({ [switches.checkPhase!]: "" })).toBe("installCheckPhase");
    expect(first({ doCheck: "", doInstallCheck: "" })).toBe("unpackPhase");
    expect(first({ phaseCacheCheckInputs: "other" })).toBe("unpackPhase");
    const phases = ["unpackPhase", "pythonRuntimeDepsCheckHook", ...standardPhases.slice(1)];
    const { inputs } = keysWith({ nativeBuildInputs: frob, phaseCacheCheckInputs: "frob" }, { phases });
    expect(inputs.find(({ name }) => name === "nativeBuildInputs.frob")?.phase).toBe(1);
  });

  it("leaves alone what the build uses, too, without a problem", () => {
    expect(first({ buildInputs: frob })).toBe("unpackPhase");
    expect(first({ preBuild: "frob" })).toBe("buildPhase");
    expect(keysWith({ phaseCacheCheckInputs: "nothing" }).problems).toEqual([]);
  });

  it.each([
    ["lib-1", "early phases may use the libraries of lib-1"],
    ["headers-1", "early phases may use the headers of headers-1"],
    ["setter-hook", "the setup hook of setter-hook sets SETTER"],
  ])("leaves alone what early phases see unasked: %s", (name, because) => {
    const nativeBuildInputs = pathOf(name);
    const phaseCacheCheckInputs = name.replace(/-1$/, "");
    const { inputs } = keysWith({ nativeBuildInputs, phaseCacheCheckInputs });
    const input = inputs.find((one) => one.name.startsWith("nativeBuildInputs."));
    expect(input).toMatchObject({ phase: 0, because });
  });
});

describe("unseenUsesOf", () => {
  it.each<[Record<string, string>, string[]]>([
    [{ "bin/x": "" }, []],
    [{ "lib/x.txt": "" }, []],
    [{ "include/x.h": "", "lib/libx.a": "" }, ["headers", "libraries"]],
    [{ "lib/pkgconfig/x.pc": "", "share/pkgconfig/y.pc": "" }, ["pkg-config files"]],
    [{ "lib/cmake/X/x.cmake": "" }, ["CMake files"]],
    [{ "share/aclocal/x.m4": "" }, ["aclocal macros"]],
    [{ [`${sitePackages}/x.py`]: "" }, []],
    [entryPoints("[console_scripts]\nx = y\n[pytest11]\nx = y\n"), []],
    [
      entryPoints("[console_scripts]\nx = y\n\n[distutils.setup_keywords]\n"),
      ["plug-ins of Python's build backends"],
    ],
    [entryPoints("[hatch]\nx = y\n"), ["plug-ins of Python's build backends"]],
    [{ [`${sitePackages}/x.pth`]: "" }, ["plug-ins of Python's build backends"]],
    [{ [`${sitePackages}/sitecustomize.py`]: "" }, ["plug-ins of Python's build backends"]],
  ])("%j", (files, expected) => {
    expect(unseenUsesOf(storeWith({ "x-1": files }).pathOf("x-1"))).toEqual(expected);
  });
});

it("modulesIn returns modules that hide others of their name", () => {
  const files = [
    "one.py",
    "two/__init__.py",
    "shared/part.py",
    "x-1.dist-info/RECORD",
    "y.cpython-313.so",
    "z.pth",
  ];
  const { pathOf: at } = storeWith({ "x-1": Object.fromEntries(files.map((file) => [file, ""])) });
  expect(modulesIn(at("x-1")).sort()).toEqual(["one", "two", "y"]);
});
