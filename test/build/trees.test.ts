import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { compareOutputs, differingPaths, listOutput } from "../../runtime/build/trees.ts";

/** Compares two outputs that `make` creates: one of a restored build, one of a clean build. */
function compare(make: (root: string, clean: boolean) => void) {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-trees-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [restored, clean] = ["restored", "clean"].map((name) => {
    const root = join(folder, name);
    make(root, name === "clean");
    return { root, files: listOutput(root) };
  });
  return compareOutputs(restored!, clean!);
}

const withDirectory = (make: (root: string, clean: boolean) => void) => (root: string, clean: boolean) => {
  mkdirSync(root);
  make(root, clean);
};

it("ignores what a Nix archive does not record: times and other modes", () => {
  const differences = compare(
    withDirectory((root, clean) => {
      writeFileSync(join(root, "a"), "a", { mode: clean ? 0o644 : 0o444 });
      symlinkSync("a", join(root, "l"));
    }),
  );
  expect(differences).toEqual([]);
});

it("names each file and how it differs", () => {
  const differences = compare(
    withDirectory((root, clean) => {
      const name = (text: string) => join(root, text);
      writeFileSync(name("bytes"), `same${clean ? "x" : "y"}`);
      writeFileSync(name("longer"), clean ? "same and more" : "same");
      writeFileSync(name("program"), "p");
      chmodSync(name("program"), clean ? 0o755 : 0o644);
      symlinkSync(clean ? "a" : "b", name("link"));
      if (clean) mkdirSync(name("kind"));
      else writeFileSync(name("kind"), "");
      writeFileSync(name(clean ? "new" : "old"), "");
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]), clean ? "1" : "2");
    }),
  );
  expect(differences).toEqual([
    { path: "bytes", kind: "contents", restored: 5, clean: 5, from: 4 },
    { path: "kind", kind: "type", restored: "file", clean: "directory" },
    { path: "link", kind: "target", restored: "b", clean: "a" },
    { path: "longer", kind: "contents", restored: 4, clean: 13, from: 4 },
    { path: "new", kind: "only-clean" },
    { path: "old", kind: "only-restored" },
    { path: "program", kind: "executable", restored: false, clean: true },
    { path: "\xe9", kind: "contents", restored: 1, clean: 1, from: 0 },
  ]);
});

it("finds a byte far inside a large file, and the end of a shorter one", () => {
  const size = 2 ** 21 + 5;
  const make = (bytes: (clean: boolean) => Buffer) => (root: string, clean: boolean) =>
    writeFileSync(root, bytes(clean));
  const changed = (clean: boolean) => {
    const bytes = Buffer.alloc(size, "a");
    if (clean) bytes[size - 2] = 0;
    return bytes;
  };
  expect(compare(make(changed))).toEqual([
    { path: "", kind: "contents", restored: size, clean: size, from: size - 2 },
  ]);
  const cut = (clean: boolean) => Buffer.alloc(clean ? 2 ** 20 : size, "a");
  expect(compare(make(cut))).toEqual([
    { path: "", kind: "contents", restored: size, clean: 2 ** 20, from: 2 ** 20 },
  ]);
});

it("finds the differing paths from listings alone", () => {
  const file = (digest: string) => ({ type: "file", executable: false, size: 1, digest }) as const;
  const one = new Map([
    ["a", file("1")],
    ["b", file("1")],
    ["c", file("1")],
  ] as const);
  const other = new Map([
    ["a", file("1")],
    ["b", file("2")],
  ] as const);
  expect(differingPaths(one, other)).toEqual(["b", "c"]);
});
