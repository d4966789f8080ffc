import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lookUpPinned } from "../../../runtime/phase/lookup/pinned.ts";
import { closeLayers } from "../../../runtime/snapshot/layers.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { type Pin, setPin } from "../../../runtime/store/pins.ts";
import { makeStore, phases } from "../../store/example.ts";
import { damage, inWords, layerOf, listenTo, type NewBuild, requestOf, saveBuild, shell } from "../rig.ts";

/** What a build with a pin restores: a phase, or `by key` if no pin applies; with the number of warnings. */
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

/** Saves two builds with different keys. */
const two = (store: Store) => ({
  older: saveBuild(store, { name: "older", values: "abcd" }),
  newer: saveBuild(store, { name: "newer", values: "efgh" }),
});
const other = { values: "wxyz" };

describe("the pinned lookup", () => {
  it.each<Row>([
    ["no pin", saveBuild, {}, null, "by key"],
    [
      "pin through a phase: the newest snapshot, whatever its key",
      (store) => [two(store), pin(store, { through: "buildPhase" })],
      other,
      null,
      "buildPhase of newer",
    ],
    ["phaseCacheThrough", two, other, "buildPhase", "buildPhase of newer"],
    [
      "phaseCacheThrough takes precedence over a pin",
      (store) => [two(store), pin(store, { through: "buildPhase" })],
      other,
      "configurePhase",
      "configurePhase of newer",
    ],
    [
      "pin of a snapshot id",
      (store) => pin(store, { through: "buildPhase", id: two(store).older.buildPhase!.id }),
      other,
      null,
      "buildPhase of older",
    ],
    [
      "pin of an id of another phase",
      (store) => pin(store, { through: "buildPhase", id: two(store).older.installPhase!.id }),
      other,
      null,
      "by key; 1 warnings",
    ],
    [
      "pin of an unknown id",
      (store) => [two(store), pin(store, { through: "buildPhase", id: "0123456789ab" })],
      other,
      null,
      "by key; 1 warnings",
    ],
    [
      "pin, and no snapshots",
      (store) => pin(store, { through: "buildPhase" }),
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "pin through a phase that this build does not have",
      (store) => {
        saveBuild(store, { phases: phases.with(2, "compilePhase") });
        pin(store, { through: "compilePhase" });
      },
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "pin through a phase at another index in this build",
      (store) => [saveBuild(store), pin(store, { through: "buildPhase" })],
      { phases: phases.toSpliced(2, 0, "patchPhase"), values: "vwxyz" },
      null,
      "buildPhase",
    ],
    [
      "only a failed snapshot",
      (store) => [saveBuild(store, { failed: "buildPhase" }), pin(store, { through: "buildPhase" })],
      {},
      null,
      "by key; 1 warnings",
    ],
    [
      "newer failed snapshot",
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
      "damaged snapshot: the one before it",
      (store) => [damage.changeBody(store, two(store).newer.buildPhase!)],
      other,
      "buildPhase",
      "buildPhase of older; 1 warnings",
    ],
    [
      "only a damaged snapshot",
      (store) => damage.removeLayer(store, saveBuild(store).buildPhase!),
      other,
      "buildPhase",
      "by key; 2 warnings",
    ],
    [
      "damaged pin",
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

  it("names the snapshot and the phase in warnings", () => {
    const store = makeStore();
    const { buildPhase } = saveBuild(store);
    damage.removeLayer(store, buildPhase!);
    const { warned } = restored(store, {}, "buildPhase");
    expect(warned[0]).toContain(buildPhase!.id);
    expect(warned[1]).toContain("buildPhase");
  });
});

describe("a pin", () => {
  it("applies to one build", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase" });
    expect(restored(store, other).answer).toBe("buildPhase");
    expect(restored(store, other).answer).toBe("by key");
  });

  it("applies until it is cleared if it is sticky", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase", sticky: true });
    for (let i = 0; i < 2; i++) expect(restored(store, other).answer).toBe("buildPhase");
  });

  it("remains after a build with phaseCacheThrough", () => {
    const store = makeStore();
    saveBuild(store);
    pin(store, { through: "buildPhase" });
    restored(store, other, "unpackPhase");
    expect(existsSync(pinPath(store))).toBe(true);
  });

  it("is reported once if it is damaged", () => {
    const store = makeStore();
    writeFileSync(pinPath(store), "{}");
    expect(restored(store).warned).toHaveLength(1);
    expect(restored(store).warned).toEqual([]);
  });
});

describe("differences from this build", () => {
  const through = (store: Store, now: NewBuild) => restored(store, now, "installPhase").result!;

  it.each([
    ["abcd", 0],
    ["abcX", 1],
    ["aXYd", 2],
    ["wxyz", 4],
  ])("are listed: abcd and %s, %i differences", (values, count) => {
    const store = makeStore();
    saveBuild(store);
    const { differences, miss } = through(store, { values });
    expect(differences).toHaveLength(count);
    expect(miss).toBeNull();
  });

  it("in the initial shell state are no conflict", () => {
    const store = makeStore();
    saveBuild(store, { initial: shell({ FLAGS: "-O2" }) });
    expect(inWords(through(store, { initial: shell({ FLAGS: "-O0" }) }))).toBe("installPhase");
  });

  it("in a variable that a phase modified are no conflict: the saved value is set", () => {
    const store = makeStore();
    saveBuild(store, { initial: shell({ FLAGS: "a" }), sets: { buildPhase: { FLAGS: "b" } } });
    const { hit } = through(store, { initial: shell({ FLAGS: "c" }) });
    const [set] = hit!.state.variables.filter(({ name }) => name === "FLAGS");
    expect(set?.wanted?.value).toEqual({ kind: "string", text: "b" });
  });

  it("are ignored for a snapshot of an older version", () => {
    const store = makeStore();
    saveBuild(store, { initial: null, reads: undefined });
    expect(inWords(through(store, {}))).toBe("installPhase");
  });

  it("in a variable that a file reads are no conflict", () => {
    const store = makeStore();
    const read = { name: "installFlags", kind: "variable", file: "build/x", phase: 2, digest: null } as const;
    saveBuild(store, { reads: [read] });
    const uses = [{ name: "installFlags", phase: 3, digest: requestOf(store).inputs[0]!.digest }];
    expect(inWords(through(store, { uses }))).toBe("installPhase");
  });

  it("in the outputs are a conflict if a file is not relocatable", () => {
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
