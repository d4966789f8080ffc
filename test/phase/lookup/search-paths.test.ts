import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { elementsOf, findHidden, folderOf, listKind } from "../../../runtime/phase/lookup/search-paths.ts";

it.each([
  ["PATH", "programs"],
  ["PYTHONPATH", "modules"],
  ["pkgsHostTarget", "inputs"],
  ["QT_PLUGIN_PATH", "runtime"],
  ["NIX_CFLAGS_COMPILE_FOR_BUILD", "compile"],
  ["NIXPKGS_CMAKE_PREFIX_PATH", "compile"],
  ["CMAKE_FLAGS", null],
  ["NIX_CFLAGS", null],
])("listKind of %s is %s", (name, kind) => {
  expect(listKind(name)).toBe(kind);
});

it("elementsOf keeps an option with its folder", () => {
  const elements = elementsOf(" -frandom-seed=x -isystem /s/a/include -L/s/b/lib  -rpath /out/lib /s/c:/s/d");
  expect(elements).toEqual([
    "-frandom-seed=x",
    "-isystem /s/a/include",
    "-L/s/b/lib",
    "-rpath /out/lib",
    "/s/c",
    "/s/d",
  ]);
  expect(elements.map(folderOf).slice(1, 4)).toEqual(["/s/a/include", "/s/b/lib", "/out/lib"]);
});

describe("findHidden", () => {
  const root = mkdtempSync(join(tmpdir(), "phasecache-paths-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const folders: Record<string, string[]> = {
    one: ["a", "both"],
    two: ["b", "both"],
    late: ["new"],
    hides: ["a"],
  };
  for (const [name, files] of Object.entries(folders)) {
    mkdirSync(join(root, name));
    for (const file of files) writeFileSync(join(root, name, file), "");
  }
  mkdirSync(join(root, "same"));
  symlinkSync(join(root, "one/a"), join(root, "same/a"));
  const hidden = (before: string[], after: string[], late: string[] = []) =>
    findHidden({
      kind: "programs",
      before: before.map((name) => join(root, name)),
      after: after.map((name) => join(root, name)),
      late: (folder) =>
        late.some((name) => folder === join(root, name))
          ? (folders[folder.slice(root.length + 1)] ?? ["a"])
          : null,
    });

  it.each<[string | null, string, string[], string[], string[]]>([
    [null, "the same folders", ["one", "two"], ["one", "two"], []],
    ["both", "another order", ["one", "two"], ["two", "one"], []],
    [null, "a late folder with other names", ["one"], ["late", "one"], ["late"]],
    ["a", "a late folder with a name of an early one", ["one"], ["hides", "one"], ["hides"]],
    ["a", "such a folder that is removed", ["gone", "one"], ["one"], ["gone"]],
    [null, "a late folder behind the early ones", ["one"], ["one", "hides"], ["hides"]],
    [null, "the same file by another name", ["one"], ["same", "one"], ["same"]],
    ["both", "a folder that is missing", ["one", "two"], ["two"], []],
  ])("returns %s: %s", (name, _, before, after, late) => {
    expect(hidden(before, after, late)).toBe(name);
  });
});
