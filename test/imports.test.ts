import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const runtime = resolve(import.meta.dirname, "../runtime");

/** What each part of the runtime may import, itself aside. */
const allowed: Record<string, string[]> = {
  util: [],
  nix: ["util"],
  shell: ["util"],
  key: ["util"],
  tree: ["util"],
  archive: ["util", "tree"],
  store: ["util", "shell", "key", "tree", "archive"],
  phase: ["util", "shell", "key", "tree", "archive", "store"],
  "start.ts": [],
  "hook.ts": ["util", "phase"],
  build: ["util", "nix"],
  setup: ["util", "nix", "archive", "store", "phase"],
  cli: ["util", "nix", "shell", "key", "tree", "archive", "store", "phase", "build", "setup"],
};

const partOf = (path: string) => relative(runtime, path).split("/")[0]!;

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, path]) =>
    resolve(dirname(file), path!),
  );
}

const files = readdirSync(runtime, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(runtime, name));

it("every part is known", () => {
  expect(Object.keys(allowed)).toEqual(expect.arrayContaining([...new Set(files.map(partOf))]));
});

it.each(files.map((file) => relative(runtime, file)))("%s imports only what lies below it", (name) => {
  const part = partOf(join(runtime, name));
  const foreign = importsOf(join(runtime, name))
    .map(partOf)
    .filter((other) => other !== part && !allowed[part]!.includes(other));
  expect(foreign).toEqual([]);
});
