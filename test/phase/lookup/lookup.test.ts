import { describe, expect, it } from "vitest";
import type { Store } from "../../../runtime/store/layout.ts";
import { makeStore, phases } from "../../store/example.ts";
import { damage, lookUpIn, saveBuild } from "../rig.ts";

function missOf(store: Store, values: readonly string[], saved: readonly string[] = phases) {
  const { hit, miss } = lookUpIn(store, { values, saved });
  return { through: hit === null ? null : phases[hit.index], miss: miss?.text };
}

const build = (store: Store, values: readonly string[], only: readonly string[] = phases) =>
  saveBuild(store, { values, only });

it("explains the difference from the restored build, however many builds came later", () => {
  const store = makeStore();
  build(store, ["a", "b", "c", "d"]);
  for (let i = 0; i < 20; i++) build(store, [`experiment ${i}`, "b", "c", "d"]);
  expect(missOf(store, ["a", "b", "c", "e"])).toEqual({
    through: "buildPhase",
    miss: "miss at installPhase: installPhaseFlags changed: d → e",
  });
});

it("compares with the newest build that agrees, even if it saved only the phases after the restored ones", () => {
  const store = makeStore();
  build(store, ["a", "b", "c", "d"]);
  build(store, ["a", "b", "c", "later"], ["installPhase"]);
  for (let i = 0; i < 20; i++) build(store, [`experiment ${i}`, "b", "c", "d"]);
  expect(missOf(store, ["a", "b", "c", "e"])).toEqual({
    through: "buildPhase",
    miss: "miss at installPhase: installPhaseFlags changed: later → e",
  });
});

it("compares with the newest build if none agrees", () => {
  const store = makeStore();
  expect(missOf(store, ["a", "b", "c", "d"])).toEqual({ through: null, miss: "no snapshots of hello yet" });
  build(store, ["a", "b", "c", "d"]);
  build(store, ["z", "b", "c", "d"]);
  expect(missOf(store, ["y", "b", "c", "d"])).toEqual({
    through: null,
    miss: "miss at unpackPhase: unpackPhaseFlags changed: z → y",
  });
});

it("names a phase that was never saved, whatever has changed after it", () => {
  const store = makeStore();
  build(store, ["a", "b", "c", "d"], phases.slice(0, 2));
  const edited = ["a", "b", "c", "e"];
  expect(missOf(store, edited)).toEqual({
    through: "configurePhase",
    miss: "miss at buildPhase: the store has no snapshot of it",
  });
  expect(missOf(store, edited, ["configurePhase", "installPhase"])).toEqual({
    through: "configurePhase",
    miss: "miss at installPhase: installPhaseFlags changed: d → e",
  });
});

describe("a miss is explained by comparison with", () => {
  it.each<[title: string, builds: string[], now: string, says: string]>([
    ["the build that was restored", ["abcd", "Xbcd"], "abce", "d → e"],
    ["the newest build that agrees", ["abcd", "abcf", "Xbcd"], "abce", "f → e"],
    ["the newest build if none agrees", ["abcd", "zbcd"], "ybcd", "z → y"],
    [
      "the newest build that agrees, although a later phase differs",
      ["abcd", "abXY", "zbcd"],
      "abcX",
      "d → X",
    ],
  ])("%s", (_, builds, now, says) => {
    const store = makeStore();
    for (const values of builds) saveBuild(store, { values });
    expect(lookUpIn(store, { values: now }).miss!.text).toContain(says);
  });

  it("another build if the record is damaged", () => {
    const store = makeStore();
    saveBuild(store);
    damage.changeBody(store, saveBuild(store, { values: "abcX", only: ["installPhase"] }).installPhase!);
    expect(lookUpIn(store, { values: "abcY" }).miss!.text).toContain("d → Y");
  });
});
