import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const project = resolve(import.meta.dirname, "..");
const folders = ["runtime", "hooks", "nix", "test", "docs", "pkgs-examples"];

const below = folders.flatMap((folder) =>
  readdirSync(join(project, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
);
const names = new Set([...below, ...readdirSync(project)].map((path) => basename(path)));
const pages = [...readdirSync(project), ...below].filter(
  (name) => name.endsWith(".md") && name !== "CHANGELOG.md",
);

/** The files that a page names in code spans and links. */
function filesIn(page: string): string[] {
  const text = readFileSync(join(project, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const spans = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs|cjs|sh|nix|json|md|py))`/g)];
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)];
  return [...spans, ...links].map(([, file]) => file!);
}

/** Pages name files from the project's root, from one of these folders, from their own, or by the name alone. */
const bases = ["", "runtime", "test", "test/sandbox"];

function isThere(page: string, file: string): boolean {
  if (!file.includes("/")) return names.has(file);
  return [...bases, dirname(page)].some((folder) => existsSync(join(project, folder, file)));
}

/** Files that the bundler, a build or a user makes. */
const made = new Set([
  "hook.cjs",
  "runtime.cjs",
  ".attrs.json",
  "config.json",
  "hello.nix",
  "nix.conf",
  "tools.json",
]);

describe("the files that a page names exist", () => {
  it.each(pages)("%s", (page) => {
    expect(
      filesIn(page).filter((file) => !made.has(file) && !isThere(page, file) && !file.includes("NAME")),
    ).toEqual([]);
  });
});
