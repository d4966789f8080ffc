import { describe, expect, it } from "vitest";
import {
  findRandomNameConflict,
  findReadConflict,
  readsNow,
  readsOf,
  wantedNames,
} from "../../runtime/phase/reads.ts";
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
    wantedNames(sessionState(makeStore(), { uses, randomNames: places }), index).map(
      ({ name, asVariable }) => `${asVariable ? "variable" : "place"} ${name}`,
    );

  it.each<[string, string, number, boolean]>([
    ["a variable of a later phase", "installFlags", 3, true],
    ["a variable that no phase uses", "shellHook", Number.POSITIVE_INFINITY, true],
    ["one of this phase", "installFlags", 2, false],
    ["one of an earlier phase", "configureFlags", 1, false],
    ["a name that is too short", "prefix", 3, false],
    ["the shortest name", "doCheck", 3, true],
    ["a common word", "patches", 3, false],
    ["a name that is no identifier", "install-flags", 3, false],
  ])("%s, %s: %#", (_, name, phase, expected) => {
    expect(wanted([use(name, phase)], 2)).toEqual(expected ? [`variable ${name}`] : []);
  });

  it("are listed once, and the random names last", () => {
    const uses = [use("installFlags", 3), use("postInstall", 3), use("installFlags", 3, "b")];
    expect(wanted(uses, 2, ["tmp.abcdef"])).toEqual([
      "variable installFlags",
      "variable postInstall",
      "place tmp.abcdef",
    ]);
  });
});

it("reads are recorded with the digest of the value in this build", () => {
  const state = sessionState(makeStore(), {
    uses: [use("installFlags", 3), use("postFixup", 3, null)],
    randomNames: ["tmp.abcdef"],
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

describe("a file that names a variable is a conflict with", () => {
  const conflict = (reads: FileRead[], now: NewBuild, index = 2, saved = "abcd") =>
    findReadConflict(reads, requestOf(makeStore(), now), keysOf(saved).inputs, index);

  it.each<[string, FileRead[], NewBuild, boolean]>([
    ["no file", [], {}, false],
    ["the same value", [read()], { uses: [use("installFlags", 3)] }, false],
    ["another value", [read()], { uses: [use("installFlags", 3, "b")] }, true],
    ["no value now", [read()], { uses: [use("installFlags", 3, null)] }, true],
    ["no value now, and no use", [read()], {}, true],
    ["no value then", [read({ digest: null })], { uses: [use("installFlags", 3)] }, true],
    ["no value then and now", [read({ digest: null })], {}, false],
    ["a random name, which findRandomNameConflict checks", [read({ kind: "place" })], {}, false],
    [
      "another value for the second of two files",
      [read({ name: "postFixup", digest: null }), read()],
      { uses: [use("installFlags", 3, "b")] },
      true,
    ],
  ])("%s: %#", (_, reads, now, expected) => {
    expect(conflict(reads, now) !== null).toBe(expected);
  });

  it("is no conflict for unpackPhase itself, which does not run what it unpacks", () => {
    expect(conflict([read({ phase: 0 })], {}, 0)).toBeNull();
    expect(conflict([read({ phase: 0 })], {}, 1)).toContain("build/configure");
    expect(conflict([read({ phase: 1 })], {}, 1)).toContain("build/configure");
    const other = { phases: ["patchPhase", "configurePhase", "buildPhase", "installPhase"] };
    expect(conflict([read({ phase: 0 })], other, 0)).toContain("patchPhase");
  });

  it("the conflict names the file, its phase, the variable and both values", () => {
    // The builds' inputs are called like this.
    const name = "installPhaseFlags";
    const says = conflict([read({ name })], { values: "abcX" })!;
    for (const part of ["build/configure", "configurePhase", name, "d → X"]) expect(says).toContain(part);
    expect(conflict([read({ name: "none" })], {})).toContain("nothing → nothing");
  });

  it("the name of the file is escaped", () => {
    expect(conflict([read({ file: "build/\x1b" })], {})).not.toContain("\x1b");
  });
});

describe("a directory with another random name now is a conflict with", () => {
  const place = "tmp.aaaaaa";
  const conflict = (paths: string[], removed: string[], reads: FileRead[], places = [place]) => {
    const store = makeStore();
    const layers = openLayers(store, [layerOf(store, paths, { removed })], outputs);
    closeLayers(layers);
    return findRandomNameConflict(layers, reads, new Map(places.map((name) => [name, "tmp.bbbbbb"])));
  };

  it.each<[string, string[], string[], FileRead[], string | null]>([
    ["no file in it", ["build/source"], [], [], null],
    ["a file in it", [`build/${place}/x`], [], [], `build/${place}`],
    ["the directory itself", [`build/${place}`], [], [], `build/${place}`],
    ["a file removed from it", [], [`build/${place}/x`], [], `build/${place}`],
    ["a directory whose name begins with it (no conflict)", [`build/${place}b`], [], [], null],
    ["a file that names it", [], [], [read({ kind: "place", name: place, file: "build/M" })], "build/M"],
    [
      "a file that names another one (no conflict)",
      [],
      [],
      [read({ kind: "place", name: "tmp.cccccc" })],
      null,
    ],
    ["a variable of this name (no conflict)", [], [], [read({ name: place })], null],
  ])("%s: %#", (_, paths, removed, reads, names) => {
    const says = conflict(paths, removed, reads);
    if (names === null) expect(says).toBeNull();
    else expect(says).toContain(names);
    expect(conflict(paths, removed, reads, [])).toBeNull();
  });
});

it("the reads of a restored snapshot get the digests of this build", () => {
  const request = requestOf(makeStore(), { uses: [use("installFlags", 3, "b")] });
  const place = read({ kind: "place", digest: null });
  expect(readsNow([read(), read({ name: "postFixup" }), place], request)).toEqual([
    read({ digest: sha256("b") }),
    read({ name: "postFixup", digest: null }),
    place,
  ]);
});
