import { describe, expect, it } from "vitest";
import type { Store } from "../../../runtime/store/layout.ts";
import { makeStore, phases } from "../../store/example.ts";
import { damage, inWords, lookUpIn, type NewBuild, saveBuild } from "../rig.ts";

/** A situation: what earlier builds saved, the new build, and what it restores with the reason for a miss. */
type Row = [title: string, saved: (store: Store) => unknown, now: NewBuild, answer: string];

function check(_: string, saved: Row[1], now: NewBuild, answer: string): void {
  const store = makeStore();
  saved(store);
  expect(inWords(lookUpIn(store, now))).toBe(answer);
}

const [unpack, configure, , install] = phases as [string, string, string, string];

describe("a lookup finds the deepest snapshot with a matching key", () => {
  it.each<Row>([
    ["empty store", () => {}, {}, "nothing; first-build"],
    ["same build", (store) => saveBuild(store), {}, "installPhase"],
    ["only the last phase was saved", (store) => saveBuild(store, { only: [install] }), {}, "installPhase"],
    [
      "only the first phase was saved: nothing later ran, so nothing is missing",
      (store) => saveBuild(store, { only: [unpack] }),
      {},
      "unpackPhase",
    ],
    [
      "the phases in between were not saved",
      (store) => saveBuild(store, { only: [unpack, install] }),
      { values: "abcX" },
      "unpackPhase; gone at configurePhase",
    ],
    ["last phase changed", saveBuild, { values: "abcX" }, "buildPhase; changed at installPhase"],
    ["second phase changed", saveBuild, { values: "aXcd" }, "unpackPhase; changed at configurePhase"],
    ["two phases changed", saveBuild, { values: "aXcX" }, "unpackPhase; changed at configurePhase"],
    ["first phase changed", saveBuild, { values: "Xbcd" }, "nothing; changed at unpackPhase"],
    [
      "two builds with the same keys: the newer one",
      (store) => [saveBuild(store, { name: "older" }), saveBuild(store, { name: "newer" })],
      {},
      "installPhase of newer",
    ],
    [
      "a newer build that saved fewer phases",
      (store) => [saveBuild(store, { name: "deep" }), saveBuild(store, { name: "newer", only: [unpack] })],
      {},
      "installPhase of deep",
    ],
    [
      "the first phases of two builds are equal",
      (store) => [
        saveBuild(store, { name: "whole" }),
        saveBuild(store, { name: "edited", values: "abXY", only: ["buildPhase"] }),
      ],
      { values: "abXd" },
      "buildPhase of edited; changed at installPhase",
    ],
  ])("%s", check);
});

describe("a changed list of phases", () => {
  const more = [...phases, "fixupPhase"];
  it.each<Row>([
    [
      "phase added at the end",
      saveBuild,
      { phases: more, values: "abcde" },
      "installPhase; changed at fixupPhase",
    ],
    [
      "phase removed at the end",
      (store) => saveBuild(store, { phases: more, values: "abcde" }),
      {},
      "installPhase",
    ],
    [
      "phase added in between",
      saveBuild,
      { phases: phases.toSpliced(1, 0, "patchPhase"), values: "apbcd" },
      "unpackPhase; changed at patchPhase",
    ],
    [
      "phase removed in between",
      saveBuild,
      { phases: phases.toSpliced(1, 1), values: "acd" },
      "unpackPhase; changed at buildPhase",
    ],
    [
      "phase renamed",
      saveBuild,
      { phases: phases.with(2, "compilePhase") },
      "configurePhase; changed at compilePhase",
    ],
    ["phases reordered", saveBuild, { phases: phases.toReversed() }, "nothing; changed at installPhase"],
  ])("%s", check);
});

describe("phases without a snapshot", () => {
  it.each<Row>([
    [
      "phaseCachePhases leaves out the later phases: no miss",
      (store) => saveBuild(store, { only: [configure] }),
      { saved: [configure] },
      "configurePhase",
    ],
    [
      "phaseCachePhases leaves out a phase: the miss names the changed one",
      (store) => saveBuild(store, { only: [configure, install] }),
      { saved: [configure, install], values: "abcX" },
      "configurePhase; changed at installPhase",
    ],
    [
      "the last phase is disabled: no miss",
      (store) => saveBuild(store, { only: phases.slice(0, 3) }),
      { saved: phases.slice(0, 3) },
      "buildPhase",
    ],
    [
      "only this build saves the phase",
      (store) => saveBuild(store, { only: [configure, install] }),
      { values: "abcX" },
      "configurePhase; gone at buildPhase",
    ],
    [
      "failed phases are never restored",
      (store) => saveBuild(store, { failed: "buildPhase" }),
      {},
      "configurePhase; gone at buildPhase",
    ],
    [
      "failed phases are never restored, even without an alternative",
      (store) => saveBuild(store, { failed: unpack }),
      {},
      "nothing; gone at unpackPhase",
    ],
    [
      "the phase failed later, and succeeded before",
      (store) => [saveBuild(store, { name: "sound" }), saveBuild(store, { failed: install })],
      {},
      "installPhase of sound",
    ],
  ])("%s", check);

  it("the miss says that the phase failed", () => {
    const store = makeStore();
    saveBuild(store, { failed: "buildPhase" });
    expect(lookUpIn(store).miss!.text).toMatch(/buildPhase.*failed/);
  });
});

describe("a damaged snapshot", () => {
  it.each(["removeLayer", "cutLayer", "changeIndex", "changeHeader", "changeBody"] as const)(
    "%s: restores the previous phase and reports one problem",
    (how) => {
      const store = makeStore();
      const { installPhase } = saveBuild(store);
      damage[how](store, installPhase!);
      const result = lookUpIn(store);
      expect(inWords(result)).toBe("buildPhase; unusable at installPhase; 1 problems");
      expect(result.problems[0]).toContain(installPhase!.id);
    },
  );

  it.each<Row>([
    [
      "two damaged snapshots",
      (store) => {
        const { buildPhase, installPhase } = saveBuild(store);
        damage.changeBody(store, installPhase!);
        damage.removeLayer(store, buildPhase!);
      },
      {},
      // The layer of buildPhase is one of installPhase's, too.
      "configurePhase; unusable at installPhase; 2 problems",
    ],
    [
      "damaged initial state, which all snapshots share",
      (store) => damage.changeInitial(store, saveBuild(store).unpackPhase!),
      {},
      "nothing; unusable at installPhase; 4 problems",
    ],
    [
      "intact older snapshot with the same key",
      (store) => {
        saveBuild(store, { name: "older" });
        damage.removeLayer(store, saveBuild(store, { name: "newer" }).installPhase!);
      },
      {},
      "installPhase of older; 1 problems",
    ],
    [
      "intact newer snapshot with the same key",
      (store) => {
        damage.removeLayer(store, saveBuild(store, { name: "older" }).installPhase!);
        saveBuild(store, { name: "newer" });
      },
      {},
      "installPhase of newer",
    ],
    [
      "damaged snapshot with another key",
      (store) => {
        saveBuild(store);
        damage.changeBody(store, saveBuild(store, { values: "Xbcd" }).installPhase!);
      },
      { values: "abcY" },
      "buildPhase; changed at installPhase",
    ],
  ])("%s", check);

  it("is quarantined, and the next lookup does not see it", () => {
    const store = makeStore();
    damage.changeBody(store, saveBuild(store).installPhase!);
    expect(lookUpIn(store).problems).toHaveLength(1);
    expect(inWords(lookUpIn(store))).toBe("buildPhase");
  });
});

describe("a snapshot rejected in this build", () => {
  it.each([
    ["the deepest one", [install], "buildPhase; unusable at installPhase"],
    ["the two deepest", ["buildPhase", install], "configurePhase; unusable at installPhase"],
    ["one that is not the deepest", [configure], "installPhase"],
    ["all of them", phases, "nothing; unusable at installPhase"],
  ])("%s", (_, names, answer) => {
    const store = makeStore();
    const headers = saveBuild(store);
    expect(inWords(lookUpIn(store, { rejected: names.map((name) => headers[name]!.id) }))).toBe(answer);
  });

  it("is not reported again when its blob is missing", () => {
    const store = makeStore();
    const { installPhase } = saveBuild(store);
    damage.removeLayer(store, installPhase!);
    const result = lookUpIn(store, { rejected: [installPhase!.id] });
    expect(inWords(result)).toBe("buildPhase; unusable at installPhase");
  });
});
