import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lookUpPinned } from "../../../runtime/phase/lookup/pinned.ts";
import { closeLayers } from "../../../runtime/snapshot/layers.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { type Pin, setPin } from "../../../runtime/store/pins.ts";
import { makeStore, phases } from "../../store/example.ts";
import { damage, inWords, layerOf, listenTo, type NewBuild, requestOf, saveBuild, shell } from "../rig.ts";

/** What a pin makes a build restore: a phase, `by key` without a pin to follow; with the number of warnings. */
function restored(store: Store, now: NewBuild = {}, through: string | null = null) {
  const messages = listenTo();
  const result = lookUpPinned(requestOf(store, now), through, messages);
  closeLayers(result?.hit?.layers ?? []);
  const { warned } = messages;
  const found = result === null ? "by key" : inWords(result);
  const answer = warned.length === 0 ? found : `${found}; ${warned.length} warnings`;
  return { answer, result, warned };
}

function pin(store: Store, fields: Partial<Pin> & Pick<Pin, "through">): void {
  setPin(store, "hello", { sticky: false, created: 0, ...fields });
}

const pinPath = (store: Store) => join(store.base, "pins", "hello");

type Row = [
  title: string,
  saved: (store: Store) => unknown,
  now: NewBuild,
  through: string | null,
  answer: string,
];

/** Two builds, of which no key is this build's. */
const two = (store: Store) => ({
  older: saveBuild(store, { name: "older", values: "abcd" }),
  newer: saveBuild(store, { name: "newer", values: "efgh" }),
});
const other = { values: "wxyz" };

describe("through a phase", () => {
  it.each<Row>([
    ["no pin", saveBuild, {}, null, "by key"],
    [
      "a pin: the newest, whatever its key",
      (store) => [two(store), pin(store, { through: "buildPhase" })],
      other,
      null,
      "buildPhase of newer",
    ],
    ["phaseCacheThrough", two, other, "buildPhase", "buildPhase of newer"],
    [
      "phaseCacheThrough before a pin",
      (store) => [two(store), pin(store, { through: "buildPhase" })],
      other,
      "configurePhase",
      "configurePhase of newer",
    ],
    [
      "a pin for one snapshot",
      (store) => pin(store, { through: "buildPhase", id: two(store).older.buildPhase!.id }),
      other,
      null,
      "buildPhase of older",
    ],
    [
      "a pin for one that is of another phase",
      (store) => pin(store, { through: "buildPhase", id: two(store).older.installPhase!.id }),
      other,
      null,
      "by key; 1 warnings",
    ],
    [
      "a pin for one that has gone",
      (store) => [two(store), pin(store, { through: "buildPhase", id: "0123456789ab" })],
      other,
      null,
      "by key; 1 warnings",
    ],
    [
      "a pin where there are no snapshots",
      (store) => pin(store, { through: "buildPhase" }),
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "a phase that only the earlier build has",
      (store) => {
        saveBuild(store, { phases: phases.with(2, "compilePhase") });
        pin(store, { through: "compilePhase" });
      },
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "a phase that stands elsewhere in this build",
      (store) => [saveBuild(store), pin(store, { through: "buildPhase" })],
      { phases: phases.toSpliced(2, 0, "patchPhase"), values: "vwxyz" },
      null,
      "buildPhase",
    ],
    [
      "a phase that failed",
      (store) => [saveBuild(store, { failed: "buildPhase" }), pin(store, { through: "buildPhase" })],
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "a phase that failed last and did not before",
      (store) => {
        saveBuild(store, { name: "sound" });
        saveBuild(store, { name: "failed", failed: "buildPhase" });
        pin(store, { through: "buildPhase" });
      },
      {},
      null,
      "buildPhase of sound",
    ],
    [
      "a damaged one: the one before it",
      (store) => [damage.changeBody(store, two(store).newer.buildPhase!)],
      other,
      "buildPhase",
      "buildPhase of older; 1 warnings",
    ],
    [
      "none but damaged ones",
      (store) => damage.removeLayer(store, saveBuild(store).buildPhase!),
      other,
      "buildPhase",
      "by key; 2 warnings",
    ],
    [
      "a damaged pin",
      (store) => [saveBuild(store), writeFileSync(pinPath(store), "{}")],
      {},
      null,
      "by key; 1 warnings",
    ],
  ])("%s", (_, saved, now, through, answer) => {
    const store = makeStore();
    saved(store);
    expect(restored(store, now, through).answer).toBe(answer);
  });

  it("names the phase or the snapshot in what it warns of", () => {
    const store = makeStore();
    const { buildPhase } = saveBuild(store);
    damage.removeLayer(store, buildPhase!);
    const { warned } = restored(store, {}, "buildPhase");
    expect(warned[0]).toContain(buildPhase!.id);
    expect(warned[1]).toContain("buildPhase");
  });
});

describe("a pin", () => {
  it("holds for one build", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase" });
    expect(restored(store, other).answer).toBe("buildPhase");
    expect(restored(store, other).answer).toBe("by key");
  });

  it("holds until it is cleared when it is sticky", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase", sticky: true });
    for (let i = 0; i < 2; i++) expect(restored(store, other).answer).toBe("buildPhase");
  });

  it("is not used up by a build with phaseCacheThrough", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase" });
    restored(store, other, "unpackPhase");
    expect(existsSync(pinPath(store))).toBe(true);
  });

  it("is complained about once when it is damaged", () => {
    const store = makeStore();
    writeFileSync(pinPath(store), "{}");
    expect(restored(store).warned).toHaveLength(1);
    expect(restored(store).warned).toEqual([]);
  });
});

describe("what differs from this build", () => {
  const through = (store: Store, now: NewBuild) => restored(store, now, "installPhase").result!;

  it.each([
    ["abcd", 0],
    ["abcX", 1],
    ["aXYd", 2],
    ["wxyz", 4],
  ])("is named: abcd and %s, %i differences", (values, count) => {
    const store = makeStore();
    saveBuild(store);
    const { differences, miss } = through(store, { values });
    expect(differences).toHaveLength(count);
    expect(miss).toBeNull();
  });

  it("keeps no snapshot back: the shell starts with something else", () => {
    const store = makeStore();
    saveBuild(store, { initial: shell({ FLAGS: "-O2" }) });
    expect(inWords(through(store, { initial: shell({ FLAGS: "-O0" }) }))).toBe("installPhase");
  });

  it("nor does a state that is in conflict: the phase's value is taken", () => {
    const store = makeStore();
    saveBuild(store, { initial: shell({ FLAGS: "a" }), sets: { buildPhase: { FLAGS: "b" } } });
    const { hit } = through(store, { initial: shell({ FLAGS: "c" }) });
    const [set] = hit!.state.variables.filter(({ name }) => name === "FLAGS");
    expect(set?.wanted?.value).toEqual({ kind: "string", text: "b" });
  });

  it("nor does a snapshot of an older phasecache", () => {
    const store = makeStore();
    saveBuild(store, { initial: null, reads: undefined });
    expect(inWords(through(store, {}))).toBe("installPhase");
  });

  it("nor does a file that reads a variable which changed", () => {
    const store = makeStore();
    const read = { name: "installFlags", kind: "variable", file: "build/x", phase: 2, digest: null } as const;
    saveBuild(store, { reads: [read] });
    const uses = [{ name: "installFlags", phase: 3, digest: requestOf(store).inputs[0]!.digest }];
    expect(inWords(through(store, { uses }))).toBe("installPhase");
  });

  it("but a file that can't be relocated does", () => {
    const store = makeStore();
    const path = "build/db";
    const classes = [{ path, verdict: "not-relocatable", kind: "sqlite" } as const];
    saveBuild(store, { layers: { buildPhase: layerOf(store, [path], { classes }) } });
    const outputs = { out: `/nix/store/${"1".repeat(32)}-hello-1.0` };
    const { answer, warned } = restored(store, { outputs }, "installPhase");
    expect(answer).toBe("by key; 2 warnings");
    expect(warned[0]).toContain(path);
  });
});
