import { execFileSync, spawnSync } from "node:child_process";
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
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { folders } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { makeFolder } from "./example.ts";

let umask: number;
beforeEach(() => {
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
});

const isRoot = process.getuid?.() === 0;

function failing(code: string, message: string) {
  return expect.objectContaining({
    code,
    message: expect.stringContaining(message),
    hint: expect.any(String),
  });
}

/** What opening the store says to another user, in a process of its own. */
function openAs(user: number, group: number, root: string, write: boolean): string {
  const module = resolve(import.meta.dirname, "../../runtime/store/open.ts");
  const script = `
    import { openStore } from ${JSON.stringify(module)};
    try { openStore(${JSON.stringify(root)}, { write: ${write} }); console.log("opened"); }
    catch (error) { console.log(error.code, error.message, "|", error.hint); }`;
  const bundle = join(makeFolder(), "open.mjs");
  const stdin = { input: script, encoding: "utf8" as const };
  execFileSync("npx", ["esbuild", "--bundle", "--platform=node", "--format=esm", `--outfile=${bundle}`], {
    ...stdin,
    stdio: ["pipe", "ignore", "ignore"],
  });
  chmodSync(join(bundle, ".."), 0o755);
  chmodSync(bundle, 0o644);
  const id = [`--reuid=${user}`, `--regid=${group}`, "--clear-groups"];
  return spawnSync("setpriv", [...id, process.execPath, bundle], { encoding: "utf8" }).stdout.trim();
}

it("makes everything that is missing, for the group and nobody else", () => {
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

it("opens again, and mends what was removed", () => {
  const root = makeFolder();
  const { base } = openStore(root, { write: true });
  rmSync(join(base, "stats"), { recursive: true });
  expect(openStore(root, { write: true })).toEqual({ root, base, tmp: join(base, "tmp"), write: true });
  expect(lstatSync(join(base, "stats/hits")).isDirectory()).toBe(true);
});

it("makes nothing when it is opened for reading", () => {
  const root = makeFolder();
  expect(() => openStore(root, { write: false })).toThrow(failing("no-store", "there is no store in"));
  openStore(root, { write: true });
  process.umask(0o022);
  expect(openStore(root, { write: false }).write).toBe(false);
  expect(process.umask()).toBe(0o022);
});

it("says that the directory is missing, and how to make one", () => {
  const root = join(makeFolder(), "missing");
  for (const write of [true, false]) {
    expect(() => openStore(root, { write })).toThrow(failing("no-store", `${root} does not exist`));
  }
});

it("says that it is a file", () => {
  const root = join(makeFolder(), "file");
  writeFileSync(root, "");
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", "is not a directory"));
});

it("says that the format is newer", () => {
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

it("does not turn somebody's directory into a store", () => {
  const root = makeFolder();
  writeFileSync(join(root, "thesis.tex"), "");
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", '"thesis.tex"'));
  mkdirSync(join(makeFolder(), "lost+found"));
});

it("refuses a symlink in the place of a folder", () => {
  const root = makeFolder();
  const { base } = openStore(root, { write: true });
  const elsewhere = makeFolder();
  rmSync(join(base, "tmp"), { recursive: true });
  symlinkSync(elsewhere, join(base, "tmp"));
  expect(() => openStore(root, { write: true })).toThrow(failing("store-unusable", "is not a directory"));
});

it.runIf(isRoot)("tells another user that it can't be read or written, and why", () => {
  const root = makeFolder();
  openStore(root, { write: true });
  chmodSync(root, 0o2770);
  expect(openAs(12345, 12345, root, false)).toMatch(
    /^store-unusable .* can't be read \| its group is 0 and its mode 2770;/,
  );
  chmodSync(root, 0o755);
  expect(openAs(12345, 12345, root, false)).toMatch(/^store-unusable .*v1 can't be read \|/);
  chmodSync(join(root, "v1"), 0o755);
  expect(openAs(12345, 12345, root, false)).toBe("opened");
  expect(openAs(12345, 12345, root, true)).toMatch(
    /^store-unusable .*v1 can't be written to \| .*this is user 12345 with group 12345$/,
  );
});

it.runIf(isRoot)("is shared by users of one group", () => {
  const root = makeFolder();
  chownSync(root, 0, 12345);
  chmodSync(root, 0o2770);
  expect(openAs(12346, 12345, root, true)).toBe("opened");
  expect(openAs(12347, 12345, root, true)).toBe("opened");
  const { uid, gid, mode } = lstatSync(join(root, "v1/stats/hits"));
  expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 12346, gid: 12345, mode: 0o2770 });
});

it.runIf(isRoot)("says that the file system is read-only", () => {
  const root = makeFolder();
  openStore(root, { write: true });
  const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`;
  const id = spawnSync("unshare", ["--mount", "true"]);
  if (id.status !== 0) return;
  const module = resolve(import.meta.dirname, "../../runtime/store/open.ts");
  const bundle = join(makeFolder(), "open.mjs");
  execFileSync(
    "npx",
    ["esbuild", module, "--bundle", "--platform=node", "--format=esm", `--outfile=${bundle}`],
    {
      stdio: "ignore",
    },
  );
  const code = `import(${JSON.stringify(bundle)}).then(({ openStore }) => openStore(${JSON.stringify(root)}, { write: true })).catch((error) => console.log(error.message))`;
  const shell = ["--mount", "bash", "-c", script, "bash", root, process.execPath, "-e", code];
  expect(spawnSync("unshare", shell, { encoding: "utf8" }).stdout).toContain("on a read-only file system");
});
