import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { folders } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { makeFolder } from "./example.ts";
import { canMount, isRoot, makeProgram, runProgram } from "./process.ts";

let umask: number;
beforeEach(() => {
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
});

function failing(code: string, message: string) {
  return expect.objectContaining({
    code,
    message: expect.stringContaining(message),
    hint: expect.any(String),
  });
}

/** A program that opens the store argv[2] and prints the result. */
const opening = `
  import { openStore } from "#store/open";
  try {
    openStore(process.argv[2], { write: process.argv[3] === "write" });
    console.log("opened");
  } catch (error) {
    console.log(error.code, error.message, "|", error.hint);
  }`;

it("creates all folders, accessible only to the group", () => {
  const root = makeFolder();
  chmodSync(root, 0o2770);
  const store = openStore(root, { write: true });
  for (const folder of folders) expect(lstatSync(join(store.base, folder)).mode & 0o7777).toBe(0o2770);
  expect(lstatSync(join(root, "CACHEDIR.TAG")).mode & 0o777).toBe(0o660);
  expect(readFileSync(join(root, "CACHEDIR.TAG"), "utf8")).toMatch(
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
  expect(process.umask()).toBe(0o007);
});

it("opens an existing store, and creates missing folders", () => {
  const root = makeFolder();
  const { base } = openStore(root, { write: true });
  rmSync(join(base, "stats"), { recursive: true });
  expect(openStore(root, { write: true })).toEqual({ root, base, tmp: join(base, "tmp"), write: true });
  expect(lstatSync(join(base, "stats/hits")).isDirectory()).toBe(true);
});

it("creates nothing when opened for reading", () => {
  const root = makeFolder();
  expect(() => openStore(root, { write: false })).toThrow(failing("no-store", "there is no store in"));
  openStore(root, { write: true });
  process.umask(0o022);
  expect(openStore(root, { write: false }).write).toBe(false);
  expect(process.umask()).toBe(0o022);
});

it("reports a missing directory", () => {
  const root = join(makeFolder(), "missing");
  for (const write of [true, false]) {
    expect(() => openStore(root, { write })).toThrow(failing("no-store", `${root} does not exist`));
  }
});

it("reports a path that is a file", () => {
  const root = join(makeFolder(), "file");
  writeFileSync(root, "");
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", "is not a directory"));
});

it("reports a newer format", () => {
  const root = makeFolder();
  mkdirSync(join(root, "v2"));
  for (const write of [true, false]) {
    expect(() => openStore(root, { write })).toThrow(failing("newer-format", "has format 2"));
  }
});

it("uses its own format beside a newer one", () => {
  const root = makeFolder();
  openStore(root, { write: true });
  mkdirSync(join(root, "v2"));
  expect(openStore(root, { write: true }).base).toBe(join(root, "v1"));
});

it("refuses a directory with other files", () => {
  const root = makeFolder();
  writeFileSync(join(root, "thesis.tex"), "");
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", '"thesis.tex"'));
});

it("refuses a symlink instead of a folder", () => {
  const root = makeFolder();
  const { base } = openStore(root, { write: true });
  const elsewhere = makeFolder();
  rmSync(join(base, "tmp"), { recursive: true });
  symlinkSync(elsewhere, join(base, "tmp"));
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", "is not a directory"));
});

it("accepts the root of a file system", () => {
  const root = makeFolder();
  mkdirSync(join(root, "lost+found"));
  expect(openStore(root, { write: true }).root).toBe(root);
});

it.runIf(isRoot)("reports missing permissions with a remedy", () => {
  const program = makeProgram(opening);
  const root = makeFolder();
  const open = (mode: string) => runProgram(program, [root, mode], 12345);
  openStore(root, { write: true });
  chmodSync(root, 0o2770);
  expect(open("read")).toMatch(
    /^store-unusable .* can't be read \| its group is 0 and its mode 2770;.*: run this as root;/,
  );
  chmodSync(root, 0o700);
  expect(open("write")).toContain(
    `its mode 700; this is user 12345 with group 12345: \`sudo phasecache init ${root}\` sets `,
  );
  chmodSync(root, 0o755);
  expect(open("read")).toMatch(/^store-unusable .*v1 can't be read \|/);
  chmodSync(join(root, "v1"), 0o755);
  expect(open("read")).toBe("opened");
  expect(open("write")).toMatch(
    /^store-unusable .*v1 can't be written to \| .*this is user 12345 with group 12345: /,
  );
});

it.runIf(isRoot)("is shared by users of one group", () => {
  const program = makeProgram(opening);
  const root = makeFolder();
  chownSync(root, 0, 12345);
  chmodSync(root, 0o2770);
  expect(runProgram(program, [root, "write"], 12346, 12345)).toBe("opened");
  expect(runProgram(program, [root, "write"], 12347, 12345)).toBe("opened");
  const { uid, gid, mode } = lstatSync(join(root, "v1/stats/hits"));
  expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 12346, gid: 12345, mode: 0o2770 });
});

it.runIf(canMount)("reports a read-only file system", () => {
  const program = makeProgram(opening);
  const root = makeFolder();
  openStore(root, { write: true });
  const mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" "$1" write';
  const args = ["--mount", "bash", "-c", mount, "bash", root, process.execPath, program];
  const { stdout } = spawnSync("unshare", args, { encoding: "utf8" });
  expect(stdout).toMatch(/^store-unusable .* is on a read-only file system \| mount it writable/);
});
