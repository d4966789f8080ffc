import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FileClass } from "../../../runtime/layer/index/file-class.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import type { FileRead } from "../../../runtime/store/records/record.ts";
import { sha256 } from "../../../runtime/util/hash.ts";
import { makeFolder, makeStore } from "../../store/example.ts";
import {
  damage,
  inWords,
  layerOf,
  lookUpIn,
  type NewBuild,
  type SavedBuild,
  saveBuild,
  shell,
} from "../rig.ts";

/** An earlier build with the same keys that saved every phase, the new build, what it restores, and what the miss names. */
type Row = [title: string, saved: SavedBuild, now: NewBuild, answer: string, names?: string];

function check(_: string, saved: SavedBuild, now: NewBuild, answer: string, names = ""): void {
  const store = makeStore();
  saveBuild(store, saved);
  const result = lookUpIn(store, now);
  expect(inWords(result)).toBe(answer);
  expect(result.miss?.text ?? "").toContain(names);
}

/** An attribute that installPhase uses first. */
const uses = (value = "") => [{ name: "installFlags", phase: 3, digest: sha256(value) }];

describe("the initial shell state", () => {
  it.each<Row>([
    [
      "an early variable changed: the miss names the first phase",
      { initial: shell({ FLAGS: "-O2" }) },
      { initial: shell({ FLAGS: "-O0" }) },
      "nothing; state at unpackPhase",
      "FLAGS",
    ],
    [
      "a variable that only installPhase uses changed",
      { initial: shell({ installFlags: "old" }) },
      { initial: shell({ installFlags: "new" }), uses: uses() },
      "buildPhase; state at installPhase",
      "installFlags",
    ],
    [
      "buildPhase modified that variable, too: of two conflicts, the miss names the earlier phase",
      { initial: shell({ installFlags: "old" }), sets: { buildPhase: { installFlags: "other" } } },
      { initial: shell({ installFlags: "new" }), uses: uses() },
      "configurePhase; state at buildPhase",
      "installFlags",
    ],
    [
      "buildPhase extended that variable: the extension is applied to the new value",
      { initial: shell({ installFlags: "old" }), sets: { buildPhase: { installFlags: "old more" } } },
      { initial: shell({ installFlags: "new" }), uses: uses() },
      "buildPhase; state at installPhase",
    ],
    [
      "nothing changed, and a phase modified a variable",
      { initial: shell({ FLAGS: "-O2" }), sets: { buildPhase: { FLAGS: "-O3" } } },
      { initial: shell({ FLAGS: "-O2" }) },
      "installPhase",
    ],
    [
      "saved by an older version without the initial state",
      { initial: null },
      {},
      "nothing; state at unpackPhase",
      "older",
    ],
    [
      "saved by an older version that did not search files for variables",
      { reads: undefined },
      {},
      "nothing; state at unpackPhase",
      "older",
    ],
  ])("%s", check);

  it("an extension applies to the new value", () => {
    const store = makeStore();
    const sets = { buildPhase: { installFlags: "old more" } };
    saveBuild(store, { initial: shell({ installFlags: "old" }), sets });
    const { hit } = lookUpIn(store, { initial: shell({ installFlags: "new" }), uses: uses() });
    const [set] = hit!.state.variables.filter(({ name }) => name === "installFlags");
    expect(set?.wanted).toEqual(shell({ x: "new more" }).variables.get("x"));
  });
});

const read = (phase: number, value: string | null): FileRead => ({
  name: "installFlags",
  kind: "variable",
  file: "build/source/configure",
  phase,
  digest: value === null ? null : sha256(value),
});

describe("a file of an early phase that reads a late variable", () => {
  it.each<Row>([
    ["unchanged", { reads: [read(2, "a")] }, { uses: uses("a") }, "installPhase"],
    [
      "changed",
      { reads: [read(2, "a")] },
      { uses: uses("b") },
      "configurePhase; state at buildPhase",
      "build/source/configure",
    ],
    [
      "added",
      { reads: [read(2, null)] },
      { uses: uses("b") },
      "configurePhase; state at buildPhase",
      "installFlags",
    ],
    [
      "removed",
      { reads: [read(2, "a")] },
      {},
      "configurePhase; state at buildPhase",
      "build/source/configure",
    ],
    [
      "changed, and unpackPhase unpacked the file: its own snapshot remains valid",
      { reads: [read(0, "a")] },
      { uses: uses("b") },
      "unpackPhase; state at configurePhase",
      "installFlags",
    ],
  ])("%s", check);
});

describe("a directory that a setup hook made under a random name", () => {
  const [old, now] = ["tmp.aaaaaaaaaa", "tmp.bbbbbbbbbb"];
  const answer = (saved: SavedBuild = {}, more: NewBuild = {}, isThere = true) => {
    const [store, buildTop] = [makeStore(), makeFolder()];
    if (isThere) mkdirSync(`${buildTop}/${now}`);
    saveBuild(store, { initial: shell({ HOME: `${buildTop}/${old}` }), ...saved });
    const initial = shell({ HOME: `${buildTop}/${now}` });
    return lookUpIn(store, { buildTop, initial, ...more });
  };
  const place: FileRead = { name: old, kind: "place", file: "build/Makefile", phase: 2, digest: null };

  it("is renamed in the restored state", () => {
    const { hit, ...rest } = answer({ sets: { buildPhase: { CACHE: `/x/${old}/cache` } } });
    expect(inWords({ hit, ...rest })).toBe("installPhase");
    const [set] = hit!.state.variables.filter(({ name }) => name === "CACHE");
    expect(set?.wanted?.value).toEqual({ kind: "string", text: `/x/${now}/cache` });
  });

  it("is a conflict if it does not exist in this build", () => {
    expect(inWords(answer({}, {}, false))).toBe("nothing; state at unpackPhase");
  });

  it("is a conflict if a file names it", () => {
    const result = answer({ reads: [place] });
    expect(inWords(result)).toBe("configurePhase; state at buildPhase");
    expect(result.miss!.text).toContain("build/Makefile");
  });

  it.each([
    ["left files in it", [`build/${old}/x`], {}],
    ["removed it", [], { removed: [`build/${old}`] }],
  ])("is a conflict for a phase that %s", (_, files, more) => {
    const [store, buildTop] = [makeStore(), makeFolder()];
    mkdirSync(`${buildTop}/${now}`);
    const layers = { buildPhase: layerOf(store, files, more) };
    saveBuild(store, { initial: shell({ HOME: `${buildTop}/${old}` }), layers });
    const result = lookUpIn(store, { buildTop, initial: shell({ HOME: `${buildTop}/${now}` }) });
    expect(inWords(result)).toBe("configurePhase; state at buildPhase");
    expect(result.miss!.text).toContain(`build/${old}`);
  });
});

const [first, second, third] = ["1", "2", "3"].map((digit) => digit.repeat(32)) as [string, string, string];
const outputsOf = (out: string, dev: string) => ({
  out: `/nix/store/${out}-hello-1.0`,
  dev: `/nix/store/${dev}-hello-1.0-dev`,
});
const before = outputsOf(first, second);

describe("changed output paths", () => {
  const withClass = (store: Store, one: Omit<FileClass, "path">) => {
    const path = "build/source/file";
    const layer = layerOf(store, [path], { classes: [{ path, ...one }] });
    saveBuild(store, { outputs: before, layers: { buildPhase: { ...layer, outputs: before } } });
  };
  it.each<[string, Omit<FileClass, "path">, string, string, string]>([
    ["same outputs", { verdict: "not-relocatable", kind: "sqlite" }, first, second, "installPhase"],
    [
      "file that is not relocatable",
      { verdict: "not-relocatable", kind: "sqlite" },
      third,
      second,
      "configurePhase; state at buildPhase",
    ],
    ["relocatable file", { verdict: "patched", kind: "text" }, third, second, "installPhase"],
    ["file of unknown format", { verdict: "unknown", kind: "x" }, third, second, "installPhase"],
    [
      "sorted file, and the hashes have the same order",
      { verdict: "patched", kind: "sorted text" },
      first,
      third,
      "installPhase",
    ],
    [
      "sorted file, and the hashes have another order",
      { verdict: "patched", kind: "sorted text" },
      third,
      second,
      "configurePhase; state at buildPhase",
    ],
  ])("%s", (_, one, out, dev, answer) => {
    const store = makeStore();
    withClass(store, one);
    const result = lookUpIn(store, { outputs: outputsOf(out, dev) });
    expect(inWords(result)).toBe(answer);
    if (result.miss !== null) expect(result.miss.text).toContain("build/source/file");
  });

  it.each([
    ["the hash", { ID: first }, "installPhase"],
    ["the beginning of the hash", { ID: `${first.slice(0, 7)}` }, "configurePhase; state at buildPhase"],
    ["a digest of the path", { ID: sha256(before.out) }, "configurePhase; state at buildPhase"],
  ])("a variable that contains %s", (_, set, answer) => {
    const store = makeStore();
    saveBuild(store, { outputs: before, sets: { buildPhase: set } });
    expect(inWords(lookUpIn(store, { outputs: before }))).toBe("installPhase");
    expect(inWords(lookUpIn(store, { outputs: outputsOf(third, second) }))).toBe(answer);
  });
});

describe("a conflict together with a damaged snapshot", () => {
  const initial = shell({ installFlags: "old" });
  const now = { initial: shell({ installFlags: "new" }), uses: uses() };

  it("damaged earlier phase: the miss names the conflict", () => {
    const store = makeStore();
    damage.changeBody(store, saveBuild(store, { initial }).buildPhase!);
    expect(inWords(lookUpIn(store, now))).toBe("configurePhase; state at installPhase; 1 problems");
  });

  it("damaged later phase: the miss names the damaged snapshot", () => {
    const store = makeStore();
    const sets = { buildPhase: { installFlags: "other" } };
    damage.changeBody(store, saveBuild(store, { initial, sets }).installPhase!);
    expect(inWords(lookUpIn(store, now))).toBe("configurePhase; unusable at installPhase; 1 problems");
  });
});
