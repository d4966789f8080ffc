import { describe, expect, it } from "vitest";
import { findPlace, findRead, readsNow, readsOf, wantedNames } from "../../runtime/phase/reads.ts";
import { closeLayers, openLayers } from "../../runtime/snapshot/layers.ts";
import type { FileRead } from "../../runtime/store/records/record.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { makeStore, outputs } from "../store/example.ts";
import { sessionState } from "./build.ts";
import { keysOf, layerOf, type NewBuild, requestOf } from "./rig.ts";

const use = (name: string, phase: number, value: string | null = "a") => ({
  name,
  phase,
  digest: value === null ? null : sha256(value),
});

describe("the names that a layer is searched for", () => {
  const wanted = (uses: ReturnType<typeof use>[], index: number, places: string[] = []) =>
    wantedNames(sessionState(makeStore(), { uses, places }), index).map(
      ({ name, asVariable }) => `${asVariable ? "variable" : "place"} ${name}`,
    );

  it.each<[string, string, number, boolean]>([
    ["a variable of a later phase", "installFlags", 3, true],
    ["a variable that no phase uses", "shellHook", Number.POSITIVE_INFINITY, true],
    ["one of this phase", "installFlags", 2, false],
    ["one of an earlier phase", "configureFlags", 1, false],
    ["a short name", "prefix", 3, false],
    ["the shortest that counts", "doCheck", 3, true],
    ["a name that programs use for other things", "patches", 3, false],
    ["a name that is no variable's", "install-flags", 3, false],
  ])("%s, %s: %#", (_, name, phase, expected) => {
    expect(wanted([use(name, phase)], 2)).toEqual(expected ? [`variable ${name}`] : []);
  });

  it("are named once, and behind them the places", () => {
    const uses = [use("installFlags", 3), use("postInstall", 3), use("installFlags", 3, "b")];
    expect(wanted(uses, 2, ["tmp.abcdef"])).toEqual([
      "variable installFlags",
      "variable postInstall",
      "place tmp.abcdef",
    ]);
  });
});

it("a record has what files name, and its value in this build", () => {
  const state = sessionState(makeStore(), {
    uses: [use("installFlags", 3), use("postFixup", 3, null)],
    places: ["tmp.abcdef"],
  });
  const found = [
    { name: "installFlags", path: "build/a" },
    { name: "postFixup", path: "build/b" },
    { name: "tmp.abcdef", path: "build/c" },
  ];
  expect(readsOf(state, 1, found)).toEqual([
    { name: "installFlags", kind: "variable", file: "build/a", phase: 1, digest: sha256("a") },
    { name: "postFixup", kind: "variable", file: "build/b", phase: 1, digest: null },
    { name: "tmp.abcdef", kind: "place", file: "build/c", phase: 1, digest: null },
  ]);
});

const read = (fields: Partial<FileRead> = {}): FileRead => ({
  name: "installFlags",
  kind: "variable",
  file: "build/configure",
  phase: 1,
  digest: sha256("a"),
  ...fields,
});

describe("a file that names a variable keeps a snapshot back", () => {
  const conflict = (reads: FileRead[], now: NewBuild, index = 2, saved = "abcd") =>
    findRead(reads, requestOf(makeStore(), now), keysOf(saved).inputs, index);

  it.each<[string, FileRead[], NewBuild, boolean]>([
    ["no file", [], {}, false],
    ["the same value", [read()], { uses: [use("installFlags", 3)] }, false],
    ["another value", [read()], { uses: [use("installFlags", 3, "b")] }, true],
    ["none now", [read()], { uses: [use("installFlags", 3, null)] }, true],
    ["none now, and no phase that would use it", [read()], {}, true],
    ["none then", [read({ digest: null })], { uses: [use("installFlags", 3)] }, true],
    ["none then and now", [read({ digest: null })], {}, false],
    ["a place, which is looked at elsewhere", [read({ kind: "place" })], {}, false],
    [
      "the second of two files",
      [read({ name: "postFixup", digest: null }), read()],
      { uses: [use("installFlags", 3, "b")] },
      true,
    ],
  ])("%s: %#", (_, reads, now, expected) => {
    expect(conflict(reads, now) !== null).toBe(expected);
  });

  it("not if unpackPhase alone had it, which runs nothing of what it unpacks", () => {
    expect(conflict([read({ phase: 0 })], {}, 0)).toBeNull();
    expect(conflict([read({ phase: 0 })], {}, 1)).toContain("build/configure");
    expect(conflict([read({ phase: 1 })], {}, 1)).toContain("build/configure");
    const other = { phases: ["patchPhase", "configurePhase", "buildPhase", "installPhase"] };
    expect(conflict([read({ phase: 0 })], other, 0)).toContain("patchPhase");
  });

  it("names the file, its phase, the variable, and both values", () => {
    // The builds' inputs are called like this.
    const name = "installPhaseFlags";
    const says = conflict([read({ name })], { values: "abcX" })!;
    for (const part of ["build/configure", "configurePhase", name, "d → X"]) expect(says).toContain(part);
    expect(conflict([read({ name: "none" })], {})).toContain("nothing → nothing");
  });

  it("names it escaped", () => {
    expect(conflict([read({ file: "build/\x1b" })], {})).not.toContain("\x1b");
  });
});

describe("a place that now has another name keeps a snapshot back", () => {
  const place = "tmp.aaaaaa";
  const conflict = (paths: string[], removed: string[], reads: FileRead[], places = [place]) => {
    const store = makeStore();
    const layers = openLayers(store, [layerOf(store, paths, { removed })], outputs);
    closeLayers(layers);
    return findPlace(layers, reads, new Map(places.map((name) => [name, "tmp.bbbbbb"])));
  };

  it.each<[string, string[], string[], FileRead[], string | null]>([
    ["no file of it", ["build/source"], [], [], null],
    ["a file in it", [`build/${place}/x`], [], [], `build/${place}`],
    ["the place itself", [`build/${place}`], [], [], `build/${place}`],
    ["what a phase removed of it", [], [`build/${place}/x`], [], `build/${place}`],
    ["another place that begins like it", [`build/${place}b`], [], [], null],
    ["a file that names it", [], [], [read({ kind: "place", name: place, file: "build/M" })], "build/M"],
    ["a file that names another", [], [], [read({ kind: "place", name: "tmp.cccccc" })], null],
    ["a variable of this name", [], [], [read({ name: place })], null],
  ])("%s: %#", (_, paths, removed, reads, names) => {
    const says = conflict(paths, removed, reads);
    if (names === null) expect(says).toBeNull();
    else expect(says).toContain(names);
    expect(conflict(paths, removed, reads, [])).toBeNull();
  });
});

it("the reads of a restored snapshot have this build's values", () => {
  const request = requestOf(makeStore(), { uses: [use("installFlags", 3, "b")] });
  const place = read({ kind: "place", digest: null });
  expect(readsNow([read(), read({ name: "postFixup" }), place], request)).toEqual([
    read({ digest: sha256("b") }),
    read({ name: "postFixup", digest: null }),
    place,
  ]);
});
