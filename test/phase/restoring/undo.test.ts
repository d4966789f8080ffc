import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  backupOf,
  discardBaseline,
  recordBaseline,
  undoRestore,
} from "../../../runtime/phase/restoring/undo.ts";
import type { Root } from "../../../runtime/tree/entry.ts";

let top: string;
let roots: Root[];
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "phasecache-undo-"));
  mkdirSync(join(top, "build"));
  writeFileSync(join(top, "build/mine"), "made by a setup hook");
  mkdirSync(join(top, "tmp/=odd\nname"), { recursive: true });
  mkdirSync(join(top, "tmp/phasecache-session"));
  roots = [
    { name: "build", path: join(top, "build") },
    { name: "outputs/out", path: join(top, "out") },
    { name: "outputs/dev", path: join(top, "dev") },
    { name: "tmp", path: join(top, "tmp") },
  ];
});
afterEach(() => {
  discardBaseline(process.pid);
  rmSync(top, { recursive: true });
});

/** The files of an interrupted restore. */
function restoreHalf(): void {
  mkdirSync(join(top, "build/source/read-only"), { recursive: true });
  writeFileSync(join(top, "build/source/read-only/file"), "");
  mkdirSync(join(top, "build/.phasecache-staging-x"));
  mkdirSync(join(top, "out"), { recursive: true });
  writeFileSync(join(top, "tmp/mine"), "a name that another root has as well");
}

it("removes restored files and nothing else", async () => {
  mkdirSync(join(top, "dev"));
  recordBaseline(process.pid, roots);
  restoreHalf();
  await undoRestore(process.pid, roots, "/usr/bin/tar");
  expect(readdirSync(join(top, "build"))).toEqual(["mine"]);
  expect(readdirSync(top).sort()).toEqual(["build", "dev", "tmp"]);
  expect(readdirSync(join(top, "tmp")).sort()).toEqual(["=odd\nname", "phasecache-session"]);
});

it("removes only staging directories if no restore has begun", async () => {
  restoreHalf();
  await undoRestore(process.pid, roots, "/usr/bin/tar");
  expect(readdirSync(join(top, "build")).sort()).toEqual(["mine", "source"]);
  expect(readdirSync(top).sort()).toEqual(["build", "out", "tmp"]);
});

it("can be done twice", async () => {
  recordBaseline(process.pid, roots);
  restoreHalf();
  await undoRestore(process.pid, roots, "/usr/bin/tar");
  mkdirSync(join(top, "build/made-by-a-phase"));
  await undoRestore(process.pid, roots, "/usr/bin/tar");
  expect(readdirSync(join(top, "build")).sort()).toEqual(["made-by-a-phase", "mine"]);
});

const baseline = `/tmp/phasecache-before-${process.pid}`;
const undoings = {
  "the runtime": () => undoRestore(process.pid, roots, "/usr/bin/tar"),
  "the hook": async () => {
    execFileSync("/bin/bash", [resolve("hooks/undo-restore.sh"), baseline, "/usr/bin:/bin"]);
  },
};

/** Type, mode, time in nanoseconds, link count, link target and contents of each file. */
function listed(): string {
  const script = "find . -printf '%P %y %m %T@ %n %l\\n' | sort; find . -type f -exec cat {} +";
  return execFileSync("/bin/bash", ["-c", script], { cwd: join(top, "build/odd\nname"), encoding: "utf8" });
}

it.each(Object.entries(undoings))("%s puts back replaced files unchanged", async (_, undo) => {
  const odd = join(top, "build/odd\nname");
  const made =
    "echo mine >a; ln a b; ln -s /dev/null c; mkdir d; echo x >d/e; touch -d '2021-03-04 05:06:07.123456789' a d";
  mkdirSync(odd);
  execFileSync("/bin/bash", ["-c", `${made}; chmod 500 d; chmod 711 .`], { cwd: odd });
  const before = listed();
  recordBaseline(process.pid, roots);
  await backupOf(process.pid).add([Buffer.from(odd)], "/usr/bin/tar");
  execFileSync("/bin/bash", ["-c", "rm a c; mkdir c; chmod 700 d; echo y >d/e; echo z >d/f; chmod 770 ."], {
    cwd: odd,
  });
  restoreHalf();
  await undo();
  expect(listed()).toBe(before);
  expect(readdirSync(join(top, "build")).filter((name) => !name.startsWith("."))).toEqual([
    "mine",
    "odd\nname",
  ]);
  expect(readdirSync(join(top, "tmp"))).not.toContain("mine");
  expect([baseline, `${baseline}.backup`].filter((path) => existsSync(path))).toEqual([]);
});

it("the hook kills the tar processes of a killed runtime before it removes their files", async () => {
  recordBaseline(process.pid, roots);
  restoreHalf();
  mkdirSync(join(top, ".phasecache-out-staging-y"));
  const writers = ["build/.phasecache-staging-x", ".phasecache-out-staging-y"].map((staging) =>
    spawn("/usr/bin/tar", ["--extract", "--file=-", `--directory=${join(top, staging)}`]),
  );
  const bystander = spawn("/usr/bin/tar", ["--extract", "--file=-", `--directory=${top}`]);
  const ends = writers.map((writer) => once(writer, "exit"));
  // Until each process has become tar: before, it has the command line of this process.
  await Promise.all([...writers, bystander].map((process) => once(process, "spawn")));
  await undoings["the hook"]();
  expect(await Promise.all(ends)).toEqual([
    [null, "SIGKILL"],
    [null, "SIGKILL"],
  ]);
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  bystander.stdin.end();
  await once(bystander, "exit");
  expect(readdirSync(join(top, "build"))).toEqual(["mine"]);
  expect(readdirSync(top)).toEqual(["build", "tmp"]);
});

it("makes no backup if a file can't be read, and names the file", async () => {
  recordBaseline(process.pid, roots);
  const absent = Buffer.from(join(top, "build/gone"));
  await expect(backupOf(process.pid).add([absent], "/usr/bin/tar")).rejects.toThrow(/gone/);
  await undoRestore(process.pid, roots, "/usr/bin/tar");
  expect(readdirSync(join(top, "build"))).toEqual(["mine"]);
});
