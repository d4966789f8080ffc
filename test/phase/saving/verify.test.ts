import { describe, expect, it } from "vitest";
import { verifyPhase } from "../../../runtime/phase/saving/verify.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { makeStore } from "../../store/example.ts";
import { damage, layerOf, type SavedBuild, saveBuild, shell } from "../rig.ts";

/** What buildPhase's snapshot and a later one say of each other; `code` is what the shell has of functions. */
function verify(
  before: SavedBuild,
  after: SavedBuild,
  code: Record<string, string> = {},
  store = makeStore(),
) {
  const [earlier, saved] = [saveBuild(store, before).buildPhase!, saveBuild(store, after).buildPhase!];
  return { earlier, saved, ...verifyPhase(store, earlier, saved, shell({}, code)) };
}

const files = (store: Store, ...names: string[]): SavedBuild => ({
  layers: {
    buildPhase: layerOf(
      store,
      names.map((name) => `build/${name}`),
    ),
  },
});
const sets = (values: Record<string, string>): SavedBuild => ({ sets: { buildPhase: values } });

describe("a phase and its snapshot", () => {
  it.each<[string, SavedBuild, SavedBuild, string[]]>([
    ["left the same", sets({ AA: "1" }), sets({ AA: "1" }), []],
    ["set something else", sets({ AA: "1" }), sets({ AA: "2" }), ["AA"]],
    ["set one thing more", {}, sets({ AA: "1" }), ["AA"]],
    ["set one thing less", sets({ AA: "1" }), {}, ["AA"]],
    [
      "set the path of an output",
      { ...sets({ AA: `/${"1".repeat(32)}` }), outputs: { out: `/nix/store/${"1".repeat(32)}-x` } },
      { ...sets({ AA: `/${"2".repeat(32)}` }), outputs: { out: `/nix/store/${"2".repeat(32)}-x` } },
      [],
    ],
    ["set names that mktemp made", sets({ AA: "/x/tmp.abcdefghij" }), sets({ AA: "/x/tmp.0123456789" }), []],
    [
      "set five things else",
      {},
      sets({ AA: "1", BB: "1", CC: "1", DD: "1", EE: "1" }),
      ["AA", "BB", "CC", "DD", "EE"],
    ],
  ])("%s", (_, before, after, names) => {
    const { equal, text, earlier } = verify(before, after);
    expect(equal).toBe(names.length === 0);
    for (const name of ["buildPhase", earlier.id]) expect(text).toContain(name);
    const named = text.match(/\b([A-Z])\1\b/g) ?? [];
    expect(named).toEqual(names);
  });

  it.each([
    [["a"], ["a"], []],
    [["a"], ["a", "b"], ["build/b"]],
    [["a", "b"], ["a"], ["build/b"]],
    [["tmp.abcdefghij"], ["tmp.0123456789"], []],
    [["x\u001b"], [], ["build/x"]],
  ])("left the files %j and %j", (before, after, names) => {
    const store = makeStore();
    const { equal, text } = verify(files(store, ...before), files(store, ...after), {}, store);
    expect(equal).toBe(names.length === 0);
    for (const name of names) expect(text).toContain(name);
    expect(text).not.toContain("\u001b");
  });

  it("a name counts as mktemp's where the shell's code has the template", () => {
    const [before, after] = [sets({ AA: "/x/work-abc" }), sets({ AA: "/x/work-def" })];
    expect(verify(before, after).equal).toBe(false);
    expect(verify(before, after, { f: "f () { mktemp -d work-XXX; }" }).equal).toBe(true);
  });

  it("of more than five differences the number is told", () => {
    const many = Object.fromEntries([..."ABCDEFGH"].map((name) => [name + name, "1"]));
    const { text } = verify({}, sets(many));
    expect(text.match(/\b([A-Z])\1\b/g)).toHaveLength(5);
    expect(text).toContain("3 more");
  });

  it.each(["changeIndex", "changeBody", "removeLayer"] as const)("can't be compared after %s", (how) => {
    const store = makeStore();
    const earlier = saveBuild(store, { name: "earlier" }).buildPhase!;
    const saved = saveBuild(store, { name: "saved" }).buildPhase!;
    damage[how](store, earlier);
    const { equal, text } = verifyPhase(store, earlier, saved, shell());
    expect(equal).toBe(false);
    expect(text).toContain(earlier.id);
  });
});
