import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const runtime = resolve(import.meta.dirname, "../runtime");

/**
 * For each folder of the runtime, the other folders that its files import. Lowest first: each part comes after the parts
 * that it imports.
 */
const imports: Record<string, string[]> = {
  util: [],
  "util/encoding": ["util"],
  nix: ["util"],
  tree: ["util"],
  shell: ["shell/dump", "shell/emit", "shell/merge", "shell/validate", "util"],
  "shell/dump": ["shell", "util"],
  "shell/emit": ["shell", "util"],
  "shell/merge": ["shell", "util"],
  "shell/validate": ["shell", "shell/dump", "util", "util/encoding"],
  "key/code": ["util"],
  "key/derivation": ["key/code", "util"],
  key: ["key/code", "key/derivation", "util", "util/encoding"],
  ninja: ["util"],
  "layer/formats": ["util", "util/encoding"],
  "layer/index": ["tree", "util", "util/encoding"],
  "layer/tar": ["layer/index", "tree", "util"],
  "layer/relocation": ["layer/formats", "layer/index", "layer/tar", "tree", "util"],
  "layer/frames": ["layer/index", "layer/relocation", "util", "util/encoding"],
  "layer/classification": ["layer/formats", "layer/index", "layer/relocation", "layer/tar", "tree", "util"],
  "layer/saving": ["layer/classification", "layer/frames", "layer/index", "layer/tar", "tree", "util"],
  "layer/restoring": [
    "layer",
    "layer/frames",
    "layer/index",
    "layer/relocation",
    "layer/tar",
    "tree",
    "util",
  ],
  layer: [
    "layer/classification",
    "layer/formats",
    "layer/frames",
    "layer/index",
    "layer/relocation",
    "layer/restoring",
    "layer/saving",
    "layer/tar",
    "tree",
    "util",
    "util/encoding",
  ],
  "store/fs": ["store", "util"],
  "store/records": ["key", "key/derivation", "store", "store/fs", "util", "util/encoding"],
  "store/gc": ["store", "store/fs", "store/records", "util"],
  store: ["store/fs", "store/gc", "store/records", "util", "util/encoding"],
  snapshot: [
    "key/code",
    "key/derivation",
    "layer",
    "layer/index",
    "layer/relocation",
    "ninja",
    "shell",
    "store",
    "store/records",
    "tree",
    "util",
    "util/encoding",
  ],
  "phase/lookup": [
    "key",
    "key/code",
    "key/derivation",
    "layer",
    "phase",
    "shell",
    "snapshot",
    "store",
    "store/records",
    "util",
  ],
  "phase/obstacles": ["key", "key/code", "key/derivation", "phase", "shell", "tree", "util"],
  "phase/restoring": [
    "key/code",
    "layer",
    "ninja",
    "phase",
    "phase/lookup",
    "snapshot",
    "store",
    "tree",
    "util",
  ],
  "phase/saving": [
    "key/code",
    "layer",
    "layer/index",
    "layer/relocation",
    "phase",
    "shell",
    "snapshot",
    "store",
    "store/records",
    "tree",
    "util",
  ],
  phase: [
    "key",
    "key/code",
    "key/derivation",
    "layer",
    "layer/relocation",
    "phase/lookup",
    "phase/obstacles",
    "phase/restoring",
    "phase/saving",
    "shell",
    "snapshot",
    "store",
    "store/gc",
    "store/records",
    "tree",
    "util",
  ],
  ".": ["phase", "util"],
  build: ["nix", "util"],
  setup: ["nix", "snapshot", "store", "store/gc", "util", "util/encoding"],
  "cli/ui": [
    "build",
    "cli",
    "layer",
    "layer/index",
    "nix",
    "shell",
    "snapshot",
    "store",
    "store/gc",
    "store/records",
    "tree",
    "util",
  ],
  "cli/shell": ["cli", "cli/ui", "ninja", "shell", "snapshot", "store", "store/records", "util"],
  "cli/completion": ["cli", "store", "store/records", "util"],
  "cli/commands": [
    "build",
    "cli",
    "cli/shell",
    "cli/ui",
    "key",
    "layer",
    "layer/index",
    "ninja",
    "nix",
    "setup",
    "shell",
    "snapshot",
    "store",
    "store/gc",
    "store/records",
    "tree",
    "util",
  ],
  cli: ["cli/commands", "cli/completion", "cli/ui", "snapshot", "store", "store/records", "util"],
};

const files = readdirSync(runtime, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
const folders = [...new Set(files.map((file) => dirname(file)))];

/** The files that a file imports. Imports of types count: a change of the type affects both files. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(runtime, file), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, path]) =>
    relative(runtime, resolve(runtime, dirname(file), path!)),
  );
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

/** A cycle of imports, in order; null when there is none. */
function findCycle(): string[] | null {
  const done = new Set<string>();
  const follow = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const cycle = follow(next, [...path, file]);
      if (cycle !== null) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of files) {
    const cycle = follow(file, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

const partOf = (folder: string) => folder.split("/")[0]!;

it("no imports form a cycle", () => {
  expect(findCycle()).toBeNull();
});

describe.each(folders)("%s", (folder) => {
  const own = files.filter((file) => dirname(file) === folder);

  it("imports the folders that the table names, and no others", () => {
    const used = new Set(own.flatMap((file) => graph.get(file)!).map((file) => dirname(file)));
    used.delete(folder);
    expect([...used].sort()).toEqual([...(imports[folder] ?? [])].sort());
  });

  it("imports only parts that come before its own in the table", () => {
    const parts = [...new Set(Object.keys(imports).map(partOf))];
    const later = parts.slice(parts.indexOf(partOf(folder)) + 1);
    expect((imports[folder] ?? []).filter((other) => later.includes(partOf(other)))).toEqual([]);
  });

  it("re-exports only in its index", () => {
    const others = own.filter((file) => basename(file) !== "index.ts");
    const reexports = others.filter((file) =>
      /^export\s(?:type\s)?(?:\*|\{[^}]*\})\s*from/m.test(readFileSync(join(runtime, file), "utf8")),
    );
    expect(reexports).toEqual([]);
  });

  it("has a README.md", () => {
    expect(existsSync(join(runtime, folder, "README.md"))).toBe(true);
  });
});

it("the table contains only folders that exist", () => {
  expect(Object.keys(imports).filter((folder) => !folders.includes(folder))).toEqual([]);
});
