import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flattenLayers } from "../../../runtime/layer/index/flatten.ts";
import type { LayerEntry, LayerIndex } from "../../../runtime/layer/index/layer-index.ts";
import { findOtherOrders, nameOrders, sortByAge } from "../../../runtime/layer/index/name-order.ts";
import { reorderDirectories } from "../../../runtime/layer/restoring/reorder-directories.ts";
import { listNames } from "../../../runtime/tree/directory-order.ts";
import { bash, makeRig } from "../../tree/rig.ts";

/** Creates a layer's index. Paths with a trailing slash are directories. */
function layer(paths: readonly string[], removed: string[] = []): LayerIndex {
  const entries = paths.map((path, i): LayerEntry => {
    const rest = { mode: 0o755, size: 0, mtime: "0", target: "", start: 512 * i, end: 512 * (i + 1) };
    return { path: path.replace(/\/$/, ""), type: path.endsWith("/") ? "d" : "f", ...rest };
  });
  return { frames: [], entries, metadata: [], removed, relocations: [], classes: [] };
}

function ordersOf(layers: LayerIndex[], known: [string, string[]][] = []): Record<string, string[]> {
  return Object.fromEntries(nameOrders(layers, flattenLayers(layers), new Map(known)));
}

describe("sortByAge", () => {
  it("keeps the order of a file system that lists names by age", () => {
    expect(sortByAge(["build/b", "build/a"], "oldest-first")).toEqual(["build/b", "build/a"]);
  });

  it("reverses the names in each directory, with parents first", () => {
    const listed = [
      "build/d",
      "build/d/new",
      "build/d/old",
      "build/c",
      "build/elsewhere/x",
      "build/elsewhere/w",
    ];
    expect(sortByAge(listed, "newest-first")).toEqual([
      "build/elsewhere/w",
      "build/elsewhere/x",
      "build/c",
      "build/d",
      "build/d/old",
      "build/d/new",
    ]);
  });
});

describe("nameOrders", () => {
  it("orders names by the layers that created them", () => {
    const layers = [
      layer(["build/d/", "build/d/b", "build/d/a"]),
      layer(["build/d/a", "build/d/c", "build/d/b"]),
    ];
    expect(ordersOf(layers)).toEqual({ build: ["d"], "build/d": ["b", "a", "c"] });
  });

  it("orders removed names by the layer that created them again", () => {
    const layers = [
      layer(["build/d/", "build/d/a", "build/d/b", "build/c"]),
      layer([], ["build/d"]),
      layer(["build/d/", "build/d/b", "build/d/a"]),
    ];
    expect(ordersOf(layers)).toEqual({ build: ["c", "d"], "build/d": ["b", "a"] });
  });

  it("uses known orders, without missing or repeated names", () => {
    const layers = [layer(["build/d/", "build/d/a", "build/d/b", "build/d/c"])];
    const known: [string, string[]][] = [
      ["build/d", ["c", "missing", "c", "../x", "a"]],
      ["build/other", ["a"]],
    ];
    expect(ordersOf(layers, known)).toEqual({ build: ["d"], "build/d": ["c", "a", "b"] });
  });
});

describe("findOtherOrders", () => {
  const find = (before: string[] | null, after: string[] | null, last: string[] = []) =>
    Object.fromEntries(
      findOtherOrders(
        new Map([["known", ["x"]]]),
        ["d"],
        () => before,
        () => after,
        (path) => last.includes(path),
      ),
    );

  it("returns nothing for names that are added at the end or removed", () => {
    expect(find(["a", "b", "c"], ["a", "c", "new"])).toEqual({ known: ["x"] });
    expect(find(null, ["b", "a"])).toEqual({ known: ["x"] });
    expect(find(["a"], ["a", "later", "sparse"], ["d/sparse"])).toEqual({ known: ["x"] });
  });

  it("returns all names of a directory with another order", () => {
    expect(find(["a", "b"], ["b", "a"])).toMatchObject({ d: ["b", "a"] });
    expect(find(["a", "b"], ["a", "new", "b"])).toMatchObject({ d: ["a", "new", "b"] });
    expect(find([], ["sparse", "later"], ["d/sparse"])).toMatchObject({ d: ["sparse", "later"] });
  });
});

describe("reorderDirectories", () => {
  let rig: ReturnType<typeof makeRig>;
  beforeEach(() => {
    rig = makeRig();
  });
  afterEach(() => rig.remove());

  it("recreates a directory with its names in another order, and changes nothing else", () => {
    bash(
      rig.build,
      "mkdir -p build/d/e; echo 1 > build/d/a; echo 2 > build/d/b; echo 3 > build/d/e/f; chmod 0555 build/d/e build/d",
    );
    const listed = listNames(Buffer.from(`${rig.build}/build/d`));
    const wanted = new Map([["build/d", [...listed].reverse()]]);
    const changed = reorderDirectories(rig.build, wanted, "oldest-first");
    expect([...changed]).toEqual(expect.arrayContaining(["build/d", "build"]));
    expect(bash(rig.build, "cat build/d/a build/d/b build/d/e/f")).toBe("1\n2\n3\n");
    expect(bash(rig.build, "ls").trim()).toBe("build");
  });

  it("keeps a directory that is in order or has other names", () => {
    bash(rig.build, "mkdir -p build/d build/e; touch build/d/a build/d/b build/e/x");
    const listed = listNames(Buffer.from(`${rig.build}/build/d`));
    const wanted = new Map([
      ["build/d", listed],
      ["build/e", ["y", "z"]],
    ]);
    expect([...reorderDirectories(rig.build, wanted, "oldest-first")]).toEqual([]);
  });
});
