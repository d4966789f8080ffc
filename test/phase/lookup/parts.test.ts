import { describe, expect, it } from "vitest";
import type { Split } from "../../../runtime/key/code/split.ts";
import { lookUpPinned } from "../../../runtime/phase/lookup/pinned.ts";
import { closeLayers } from "../../../runtime/snapshot/layers.ts";
import { makeStore } from "../../store/example.ts";
import { inWords, listenTo, lookUpIn, type NewBuild, requestOf, type SavedBuild, saveBuild } from "../rig.ts";

const plain = ["unpackPhase", "buildPhase", "installPhase"];
const split = ["unpackPhase", "buildPhase", "buildPhase+postBuild", "installPhase"];
const postBuild: Split = {
  phase: "buildPhase",
  pre: null,
  post: "postBuild",
  caller: null,
  isRoutine: false,
  body: "",
  runnerLocals: [],
  phaseLocals: [],
};

/** The keys: `B` is that of buildPhase before its hook, `b` that of all of buildPhase; `h` and `i` of the hook. */
const withHook: NewBuild = {
  phases: split,
  values: "aBhc",
  others: { buildPhase: "b" },
  splits: [postBuild],
};
const withoutHook: NewBuild = {
  phases: plain,
  values: "abc",
  others: { buildPhase: "B" },
  splits: [postBuild],
};

type Row = [title: string, saved: SavedBuild, now: NewBuild, answer: string];

describe("the lookup of a phase whose post hook is a part", () => {
  it.each<Row>([
    ["the same build", { phases: split, values: "aBhc" }, withHook, "installPhase"],
    [
      "the hook changed",
      { phases: split, values: "aBic" },
      withHook,
      "buildPhase; changed at buildPhase+postBuild",
    ],
    [
      "a later phase changed",
      { phases: split, values: "aBhx" },
      withHook,
      "buildPhase+postBuild; changed at installPhase",
    ],
    [
      "the hook was not set, and the phase ended with its call",
      { phases: plain, values: "abc", endAtHook: ["buildPhase"] },
      withHook,
      "buildPhase; changed at buildPhase+postBuild",
    ],
    [
      "the hook was not set, and it is unknown how the phase ended",
      { phases: plain, values: "abc" },
      withHook,
      "unpackPhase; state at buildPhase",
    ],
    [
      "the hook is no longer set",
      { phases: split, values: "aBhc" },
      withoutHook,
      "buildPhase; changed at installPhase",
    ],
    [
      "the hook was never set",
      { phases: plain, values: "abc", endAtHook: ["buildPhase"] },
      withoutHook,
      "installPhase",
    ],
  ])("%s", (_, saved, now, answer) => {
    const store = makeStore();
    saveBuild(store, saved);
    expect(inWords(lookUpIn(store, now))).toBe(answer);
  });

  it("takes the snapshot without the hook if both exist", () => {
    const store = makeStore();
    saveBuild(store, { phases: split, values: "aBic", name: "before" });
    saveBuild(store, { phases: plain, values: "abc", name: "complete" });
    const { hit } = lookUpIn(store, withHook);
    expect(hit?.record.header.name).toBe("before");
  });
});

describe("a pinned snapshot of a phase whose post hook is a part", () => {
  const other = { ...withHook, values: "wxyz", others: {} };
  const unsplit = { ...withoutHook, values: "xyz", others: {}, splits: [] };

  /** The phase or part through which the build counts as done, and the warnings. */
  function through(saved: SavedBuild, now: NewBuild, phase = "buildPhase") {
    const store = makeStore();
    saveBuild(store, saved);
    const messages = listenTo();
    const request = requestOf(store, now);
    const hit = lookUpPinned(request, phase, messages)?.hit ?? null;
    closeLayers(hit?.layers ?? []);
    return { restored: hit && request.phases[hit.index], warned: messages.warned };
  }

  it.each<[string, SavedBuild, NewBuild, string | undefined, string]>([
    [
      "saved before the hook: the hook runs",
      { phases: split, values: "aBhc" },
      other,
      undefined,
      "buildPhase",
    ],
    [
      "saved after the hook",
      { phases: split, values: "aBhc" },
      other,
      "buildPhase+postBuild",
      "buildPhase+postBuild",
    ],
    [
      "the hook was not set: it runs",
      { phases: plain, values: "abc", endAtHook: ["buildPhase"] },
      other,
      undefined,
      "buildPhase",
    ],
    [
      "it is unknown whether the hook ran: it does not",
      { phases: plain, values: "abc" },
      other,
      undefined,
      "buildPhase+postBuild",
    ],
    [
      "the hook is not set now",
      { phases: split, values: "aBhc" },
      { ...unsplit, splits: [postBuild] },
      undefined,
      "buildPhase",
    ],
    [
      "saved after a hook that is not a part now",
      { phases: split, values: "aBhc" },
      unsplit,
      "buildPhase+postBuild",
      "buildPhase",
    ],
  ])("%s", (_, saved, now, phase, restored) =>
    expect(through(saved, now, phase)).toEqual({ restored, warned: [] }),
  );

  it("is not used if the hook is missing and can't run alone", () => {
    const { restored, warned } = through({ phases: split, values: "aBhc" }, unsplit);
    expect(restored).toBeNull();
    expect(warned[0]).toMatch(
      /is not used: it lacks what the post hook of buildPhase does, which can't run alone$/,
    );
  });
});
