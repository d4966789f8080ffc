import { describe, expect, it } from "vitest";
import type { Store } from "../../../runtime/store/layout.ts";
import { makeStore, phases } from "../../store/example.ts";
import { damage, inWords, lookUpIn, type NewBuild, saveBuild } from "../rig.ts";

/** A situation: what builds have saved, the build that begins now, and what is restored and why there is no more. */
type Row = [title: string, saved: (store: Store) => unknown, now: NewBuild, answer: string];

function check(_: string, saved: Row[1], now: NewBuild, answer: string): void {
  const store = makeStore();
  saved(store);
  expect(inWords(lookUpIn(store, now))).toBe(answer);
}

const [unpack, configure, , install] = phases as [string, string, string, string];

describe("the deepest snapshot whose key is this build's", () => {
  it.each<Row>([
    ["an empty store", () => {}, {}, "nothing; first-build"],
    ["the same build", (store) => saveBuild(store), {}, "installPhase"],
    ["the last phase's snapshot alone", (store) => saveBuild(store, { only: [install] }), {}, "installPhase"],
    [
      "the first phase's alone, as of a build that was stopped then",
      (store) => saveBuild(store, { only: [unpack] }),
      {},
      "unpackPhase",
    ],
    [
      "a hole between two",
      (store) => saveBuild(store, { only: [unpack, install] }),
      { values: "abcX" },
      "unpackPhase; gone at configurePhase",
    ],
    ["the last phase changed", saveBuild, { values: "abcX" }, "buildPhase; changed at installPhase"],
    ["one in between changed", saveBuild, { values: "aXcd" }, "unpackPhase; changed at configurePhase"],
    ["two changed", saveBuild, { values: "aXcX" }, "unpackPhase; changed at configurePhase"],
    ["the first changed", saveBuild, { values: "Xbcd" }, "nothing; changed at unpackPhase"],
    [
      "two builds with the same keys",
      (store) => [saveBuild(store, { name: "older" }), saveBuild(store, { name: "newer" })],
      {},
      "installPhase of newer",
    ],
    [
      "a newer one that is not as deep",
      (store) => [saveBuild(store, { name: "deep" }), saveBuild(store, { name: "newer", only: [unpack] })],
      {},
      "installPhase of deep",
    ],
    [
      "phases of two builds",
      (store) => [
        saveBuild(store, { name: "whole" }),
        saveBuild(store, { name: "edited", values: "abXY", only: ["buildPhase"] }),
      ],
      { values: "abXd" },
      "buildPhase of edited; changed at installPhase",
    ],
  ])("%s", check);
});

describe("the list of phases", () => {
  const more = [...phases, "fixupPhase"];
  it.each<Row>([
    [
      "one more at the end",
      saveBuild,
      { phases: more, values: "abcde" },
      "installPhase; changed at fixupPhase",
    ],
    [
      "one less at the end",
      (store) => saveBuild(store, { phases: more, values: "abcde" }),
      {},
      "installPhase",
    ],
    [
      "one more in between",
      saveBuild,
      { phases: phases.toSpliced(1, 0, "patchPhase"), values: "apbcd" },
      "unpackPhase; changed at patchPhase",
    ],
    [
      "one less in between",
      saveBuild,
      { phases: phases.toSpliced(1, 1), values: "acd" },
      "unpackPhase; changed at buildPhase",
    ],
    [
      "another name",
      saveBuild,
      { phases: phases.with(2, "compilePhase") },
      "configurePhase; changed at compilePhase",
    ],
    ["another order", saveBuild, { phases: phases.toReversed() }, "nothing; changed at installPhase"],
  ])("%s", check);
});

describe("phases that get no snapshot", () => {
  it.each<Row>([
    [
      "are not missed where phaseCachePhases leaves them out",
      (store) => saveBuild(store, { only: [configure] }),
      { saved: [configure] },
      "configurePhase",
    ],
    [
      "nor named where another one changed",
      (store) => saveBuild(store, { only: [configure, install] }),
      { saved: [configure, install], values: "abcX" },
      "configurePhase; changed at installPhase",
    ],
    [
      "nor where the last one is switched off",
      (store) => saveBuild(store, { only: phases.slice(0, 3) }),
      { saved: phases.slice(0, 3) },
      "buildPhase",
    ],
    [
      "are missed where this build would save them and an earlier one did not",
      (store) => saveBuild(store, { only: [configure, install] }),
      { values: "abcX" },
      "configurePhase; gone at buildPhase",
    ],
    [
      "failed ones are never restored",
      (store) => saveBuild(store, { failed: "buildPhase" }),
      {},
      "configurePhase; gone at buildPhase",
    ],
    [
      "not if there is nothing else",
      (store) => saveBuild(store, { failed: unpack }),
      {},
      "nothing; gone at unpackPhase",
    ],
    [
      "and one that did not fail serves in their place",
      (store) => [saveBuild(store, { name: "sound" }), saveBuild(store, { failed: install })],
      {},
      "installPhase of sound",
    ],
  ])("%s", check);

  it("a phase that failed is named as one", () => {
    const store = makeStore();
    saveBuild(store, { failed: "buildPhase" });
    expect(lookUpIn(store).miss!.text).toMatch(/buildPhase.*failed/);
  });
});

describe("a damaged snapshot", () => {
  it.each(["removeLayer", "cutLayer", "changeIndex", "changeHeader", "changeBody"] as const)(
    "%s: the next one serves, and the problem is said once",
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
      "two of them",
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
      "what all of them started with",
      (store) => damage.changeInitial(store, saveBuild(store).unpackPhase!),
      {},
      "nothing; unusable at installPhase; 4 problems",
    ],
    [
      "with a sound one of the same key",
      (store) => {
        saveBuild(store, { name: "older" });
        damage.removeLayer(store, saveBuild(store, { name: "newer" }).installPhase!);
      },
      {},
      "installPhase of older; 1 problems",
    ],
    [
      "that is older than a sound one of the same key",
      (store) => {
        damage.removeLayer(store, saveBuild(store, { name: "older" }).installPhase!);
        saveBuild(store, { name: "newer" });
      },
      {},
      "installPhase of newer",
    ],
    [
      "that this build has no use for",
      (store) => {
        saveBuild(store);
        damage.changeBody(store, saveBuild(store, { values: "Xbcd" }).installPhase!);
      },
      { values: "abcY" },
      "buildPhase; changed at installPhase",
    ],
  ])("%s", check);

  it("is in quarantine after that, as if it had never been saved", () => {
    const store = makeStore();
    damage.changeBody(store, saveBuild(store).installPhase!);
    expect(lookUpIn(store).problems).toHaveLength(1);
    expect(inWords(lookUpIn(store))).toBe("buildPhase");
  });
});

describe("a snapshot that could not be restored in this build", () => {
  it.each([
    ["the deepest", [install], "buildPhase; unusable at installPhase"],
    ["the two deepest", ["buildPhase", install], "configurePhase; unusable at installPhase"],
    ["one that is not the deepest", [configure], "installPhase"],
    ["all", phases, "nothing; unusable at installPhase"],
  ])("%s", (_, names, answer) => {
    const store = makeStore();
    const headers = saveBuild(store);
    expect(inWords(lookUpIn(store, { rejected: names.map((name) => headers[name]!.id) }))).toBe(answer);
  });

  it("is not complained about again when its blob has gone", () => {
    const store = makeStore();
    const { installPhase } = saveBuild(store);
    damage.removeLayer(store, installPhase!);
    const result = lookUpIn(store, { rejected: [installPhase!.id] });
    expect(inWords(result)).toBe("buildPhase; unusable at installPhase");
  });
});
