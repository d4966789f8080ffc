import { lstatSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refreshGitIndex } from "../../runtime/snapshot/git-index.ts";
import { fromText, toText } from "../../runtime/util/bytes.ts";
import { bash, makeRig } from "../tree/rig.ts";

let rig: ReturnType<typeof makeRig>;
beforeEach(() => {
  rig = makeRig();
});
afterEach(() => rig.remove());

const names = ["a", "b/c", "b/d/e", "x".repeat(200), "ü"];

/** Creates a repository, copies it with its times, and returns the copy's index. */
function copied(init: string, then = ":"): { index: Buffer; copy: string } {
  const files = names.map((name) => `mkdir -p "$(dirname ${name})"; echo ${name} > ${name}`).join("; ");
  bash(
    rig.build,
    `export HOME=$PWD; ${init} r; cd r; ${files}; git add .; git -c user.name=a -c user.email=b commit -qm x; ${then}; cp -a . ../copy`,
  );
  const copy = join(rig.build, "copy");
  return { copy, index: readFileSync(join(copy, ".git/index")) };
}

const statIn = (directory: string) => (path: string) =>
  lstatSync(join(directory, toText(path)), { bigint: true, throwIfNoEntry: false }) ?? null;

/** The files that git considers modified without reading their contents. */
function differing(copy: string, index: Buffer): string {
  bash(copy, `cat > .git/index <<< ''`);
  return bash(
    copy,
    `base64 -d > .git/index <<< ${index.toString("base64")}; export HOME=$PWD; git diff-files --name-only`,
  );
}

describe.each([
  ["version 2", "git init -q", ":"],
  [
    "version 3",
    "git init -q",
    "echo 1 > new; git add -N new; git rm -q --cached new; echo 1 > z; git add -N z",
  ],
  ["version 4", "git init -q", "git update-index --index-version 4"],
  ["SHA-256", "git init -q --object-format=sha256", ":"],
])("%s", (_, init, then) => {
  it("every file of a copy is unmodified, and the digest is correct", () => {
    const { copy, index } = copied(init, then);
    expect(differing(copy, index).split("\n").length).toBeGreaterThan(names.length);
    expect(refreshGitIndex(index, statIn(copy))).toBe(names.length);
    expect(differing(copy, index).trim().replace(/^z$/, "")).toBe("");
    expect(bash(copy, "export HOME=$PWD; git fsck 2>&1")).not.toMatch(/error/);
    expect(refreshGitIndex(index, statIn(copy))).toBe(0);
  });
});

it("the entry of a file with another mtime or size, or of a missing file, is not changed", () => {
  const { copy, index } = copied("git init -q");
  bash(copy, "touch a; echo more >> b/c; touch -r ../r/b/c b/c");
  rmSync(join(copy, "b/d/e"));
  expect(refreshGitIndex(index, statIn(copy))).toBe(2);
  expect(differing(copy, index).trim().split("\n")).toEqual(["a", "b/c", "b/d/e"]);
});

it("files that are not an index, of another version, truncated or damaged are not changed", () => {
  const { copy, index } = copied("git init -q");
  const other = Buffer.from(index);
  other.writeUInt32BE(5, 4);
  const damaged = Buffer.from(index);
  damaged[40]!++;
  for (const bytes of [Buffer.alloc(0), Buffer.from("index"), other, damaged, index.subarray(0, 100)]) {
    const before = Buffer.from(bytes);
    expect(refreshGitIndex(bytes, statIn(copy))).toBeNull();
    expect(bytes.equals(before)).toBe(true);
  }
});

it("paths are byte strings", () => {
  const { index } = copied("git init -q");
  const asked: string[] = [];
  refreshGitIndex(index, (path) => {
    asked.push(path);
    return null;
  });
  expect(asked.sort()).toEqual(names.map(fromText).sort());
});
