import { describe, expect, it } from "vitest";
import type { LateInput } from "../../../runtime/key/late-inputs.ts";
import { compareStarts } from "../../../runtime/phase/lookup/start.ts";
import type { ShellState } from "../../../runtime/shell/index.ts";
import { storePath, table } from "../../key/example.ts";
import { shell } from "../rig.ts";

const frob = storePath("f", "frob-1");
const deep = storePath("d", "deep-1");
const early = storePath("e", "early-1");

const input = (path: string, more: Partial<LateInput> = {}): LateInput => ({
  path,
  phase: 2,
  declared: true,
  provides: [],
  modules: [],
  unseen: [],
  ...more,
});

/** Compares a build that has these late inputs with one that has none, in both directions. */
function compare(without: ShellState, having: ShellState, late: readonly LateInput[], index = 1) {
  const rules = {
    phases: ["unpackPhase", "buildPhase", "checkPhase"],
    splits: [],
    disabled: [],
    uses: [],
    ignored: [],
    table,
    storeDir: "/nix/store",
    ownPaths: [],
    buildTop: "/build",
  };
  const rest = { inputs: [], relocate: (bytes: string) => bytes };
  const added = compareStarts({ ...rest, saved: without, now: having, late: [] }, { ...rules, late }, index);
  const removed = compareStarts(
    { ...rest, saved: having, now: without, late },
    { ...rules, late: [] },
    index,
  );
  expect(removed.warnings).toEqual(added.warnings);
  expect(removed.conflict === null).toBe(added.conflict === null);
  return added;
}

describe("a late input that one of two builds has", () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["its own path", { PATH: "/bin" }, { PATH: `${frob}/bin:/bin` }],
    ["what it propagates", { pkgsHostTarget: "" }, { pkgsHostTarget: `${frob} ${deep}` }],
    ["a new search path", {}, { GI_TYPELIB_PATH: `${deep}/lib/girepository-1.0` }],
    ["Python's search path", { PYTHONPATH: `${early}/x` }, { PYTHONPATH: `${frob}/x:${early}/x` }],
    ["options", { NIX_LDFLAGS: "-rpath /out" }, { NIX_LDFLAGS: `-rpath /out -L${frob}/lib` }],
    [
      "an option with an argument",
      { NIX_CFLAGS_COMPILE: "-O" },
      { NIX_CFLAGS_COMPILE: `-O -isystem ${deep}/include` },
    ],
    ["a chosen file", { GDK_PIXBUF_MODULE_FILE: `${early}/c` }, { GDK_PIXBUF_MODULE_FILE: `${deep}/c` }],
  ])("may change %s", (_, without, having) => {
    const { conflict, warnings } = compare(shell(without), shell(having), [input(frob), input(deep)]);
    expect([conflict, warnings]).toEqual([null, []]);
  });

  it("may not change what other inputs add", () => {
    const having = shell({ PATH: `${frob}/bin:${early}/bin:/bin` });
    expect(compare(shell({ PATH: "/bin" }), having, [input(frob)]).conflict).toContain("PATH");
    const flags = shell({ NIX_LDFLAGS: `-L${frob}/lib -s` });
    expect(compare(shell({}), flags, [input(frob)]).conflict).toContain("NIX_LDFLAGS");
  });

  it("may not differ from the phase that uses it on", () => {
    const having = shell({ PATH: `${frob}/bin:/bin` });
    expect(compare(shell({ PATH: "/bin" }), having, [input(frob)], 2).conflict).toContain("PATH");
  });

  it("may change an unknown variable only if it was declared late, with a warning", () => {
    const [without, having] = [shell({ ODD: "/x" }), shell({ ODD: `/x:${frob}/odd` })];
    expect(compare(without, having, [input(frob)]).warnings).toEqual([
      "frob counts as late, but phases through buildPhase may have used ODD, in which it changes; check with phasecache prove",
    ]);
    expect(compare(without, having, [input(frob, { declared: false })]).conflict).toContain("ODD");
  });

  it("is a warning with all variables by which build systems find it", () => {
    const having = shell({
      PKG_CONFIG_PATH: `${frob}/lib/pkgconfig`,
      CMAKE_PREFIX_PATH: frob,
      PATH: `${frob}/bin`,
    });
    const { conflict, warnings } = compare(shell({}), having, [input(frob, { unseen: ["headers"] })]);
    expect(conflict).toBeNull();
    expect(warnings).toEqual([
      expect.stringContaining("may have used CMAKE_PREFIX_PATH and PKG_CONFIG_PATH, in"),
    ]);
  });

  it("is a warning if it sets a variable for programs", () => {
    const late = [input(frob, { provides: ["FROB"] })];
    expect(compare(shell({}), shell({ FROB: "1" }), late).warnings).toEqual([
      expect.stringContaining("FROB"),
    ]);
    const local = shell({});
    local.variables.set("FROB", { attributes: "", value: { kind: "string", text: "1" } });
    expect(compare(shell({}), local, late).warnings).toEqual([]);
  });
});
