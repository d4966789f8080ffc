import { describe, expect, it } from "vitest";
import { verifyPhase } from "../../../runtime/phase/saving/verify.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { makeStore } from "../../store/example.ts";
import { damage, layerOf, type SavedBuild, saveBuild, shell } from "../rig.ts";

/** Compares buildPhase's snapshots of two builds; `code` are the functions of the shell. */
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

describe("a phase is compared with its snapshot:", () => {
  it.each<[string, SavedBuild, SavedBuild, string[]]>([
    ["equal", sets({ AA: "1" }), sets({ AA: "1" }), []],
    ["other value", sets({ AA: "1" }), sets({ AA: "2" }), ["AA"]],
    ["new variable", {}, sets({ AA: "1" }), ["AA"]],
    ["missing variable", sets({ AA: "1" }), {}, ["AA"]],
    [
      "value that contains the output path",
      { ...sets({ AA: `/${"1".repeat(32)}` }), outputs: { out: `/nix/store/${"1".repeat(32)}-x` } },
      { ...sets({ AA: `/${"2".repeat(32)}` }), outputs: { out: `/nix/store/${"2".repeat(32)}-x` } },
      [],
    ],
    ["names that mktemp made", sets({ AA: "/x/tmp.abcdefghij" }), sets({ AA: "/x/tmp.0123456789" }), []],
    [
      "five differences",
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
  ])("files %j and %j", (before, after, names) => {
    const store = makeStore();
    const { equal, text } = verify(files(store, ...before), files(store, ...after), {}, store);
    expect(equal).toBe(names.length === 0);
    for (const name of names) expect(text).toContain(name);
    expect(text).not.toContain("\u001b");
  });

  it("templates in the shell's functions count", () => {
    const [before, after] = [sets({ AA: "/x/work-abc" }), sets({ AA: "/x/work-def" })];
    expect(verify(before, after).equal).toBe(false);
    expect(verify(before, after, { f: "f () { mktemp -d work-XXX; }" }).equal).toBe(true);
  });

  it("lists five differences and counts the others", () => {
    const many = Object.fromEntries([..."ABCDEFGH"].map((name) => [name + name, "1"]));
    const { text } = verify({}, sets(many));
    expect(text.match(/\b([A-Z])\1\b/g)).toHaveLength(5);
    expect(text).toContain("3 more");
  });

  it.each(["changeIndex", "changeBody", "removeLayer"] as const)(
    "reports a snapshot that cannot be read: %s",
    (how) => {
      const store = makeStore();
      const earlier = saveBuild(store, { name: "earlier" }).buildPhase!;
      const saved = saveBuild(store, { name: "saved" }).buildPhase!;
      damage[how](store, earlier);
      const { equal, text } = verifyPhase(store, earlier, saved, shell());
      expect(equal).toBe(false);
      expect(text).toContain(earlier.id);
    },
  );
});
