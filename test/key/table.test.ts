import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeNames } from "../../runtime/key/code/scanner.ts";
import { lateName } from "../../runtime/key/derivation/package.ts";
import { parseTable, readTable } from "../../runtime/key/table.ts";
import { standardPhases, storePath, switches, table } from "./example.ts";

const file = join(import.meta.dirname, "../../hooks/phase-variables.json");

describe("the table", () => {
  it("has stdenv's phases", () => {
    expect(table.standardPhases).toEqual(standardPhases);
  });

  it("has the hooks and the switch of each phase except the first", () => {
    for (const phase of standardPhases.slice(1)) {
      const [, before, , after] = codeNames(phase, []);
      for (const name of [phase, before!, after!, switches[phase]!]) {
        expect(table.variables.get(name), name).toEqual([phase]);
      }
    }
  });

  it("has no variables of the first phase, which need no entry", () => {
    for (const [name, users] of table.variables) expect(users, name).not.toContain("unpackPhase");
  });

  it("has no name in two groups", () => {
    const names = [
      ...table.variables.keys(),
      ...table.dependencyLists,
      ...table.perBuild,
      ...table.hookOptions,
    ];
    expect(names).toHaveLength(new Set(names).size);
  });

  it("has no short name that a search of the sources would not find, except stdenv's", () => {
    expect([...table.variables.keys()].filter(({ length }) => length < 7)).toEqual(["doDist", "phases"]);
  });

  it("names late packages as they are looked up", () => {
    for (const name of table.latePackages.keys())
      expect(lateName(storePath("a", name), "/nix/store")).toBe(name);
  });

  it("names the commands of each late package", () => {
    for (const [name, { commands }] of table.latePackages) expect(commands.length, name).toBeGreaterThan(0);
  });
});

describe("parseTable", () => {
  const good = () => JSON.parse(readFileSync(file, "utf8"));

  it.each<[string, (broken: ReturnType<typeof good>) => void]>([
    ["standardPhases", (broken) => delete broken.standardPhases],
    ["standardPhases", (broken) => broken.standardPhases.push(1)],
    ["variables", (broken) => (broken.variables = [])],
    ["variables.makeFlags", (broken) => (broken.variables.makeFlags = "buildPhase")],
    ["variables.makeFlags", (broken) => (broken.variables.makeFlags = ["build phase"])],
    ["variables.system", (broken) => (broken.variables.system = ["buildPhase"])],
    ["latePackages.die-hook", (broken) => (broken.latePackages["die-hook"] = null)],
    ["latePackages.die-hook.phases", (broken) => (broken.latePackages["die-hook"].phases = [])],
    ["latePackages.die-hook.commands", (broken) => delete broken.latePackages["die-hook"].commands],
    ["perBuild", (broken) => (broken.perBuild = {})],
    ["hookOptions", (broken) => (broken.hookOptions = [null])],
  ])("names the damaged member: %s", (where, damage) => {
    const broken = good();
    damage(broken);
    expect(() => parseTable(broken)).toThrow(new RegExp(`table of variables: ${where} is `));
  });

  it.each([null, [], "x"])("refuses %j", (value) => {
    expect(() => parseTable(value)).toThrow(/the table of variables is not a map/);
  });
});

describe("readTable", () => {
  it("throws an error that names a file that is missing or not JSON", () => {
    const directory = mkdtempSync(join(tmpdir(), "phasecache-table-"));
    try {
      const path = join(directory, "table.json");
      expect(() => readTable(path)).toThrow(path);
      writeFileSync(path, "{");
      expect(() => readTable(path)).toThrow(path);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
