import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isHelper, isRunning, otherProcesses } from "../../../runtime/phase/obstacles/processes.ts";

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "phasecache-proc-"));
});
afterEach(() => rmSync(proc, { recursive: true }));

/** Adds a process in the format of proc(5). */
function add(
  pid: number,
  parent: number,
  { name = "x", state = "S", environ = "", cmdline = "" } = {},
): void {
  mkdirSync(join(proc, String(pid)));
  const rest = Array.from({ length: 17 }, () => "0").join(" ");
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (${name}) ${state} ${parent} ${rest} 5${pid} 0\n`);
  writeFileSync(join(proc, `${pid}/environ`), environ);
  writeFileSync(join(proc, `${pid}/cmdline`), cmdline);
}

const shell = 1_000_001;
const call = shell + 1;

/** Adds the shell and the hook's call: a subshell, this process, and its children. */
function addBuild(): void {
  add(1, 0, { name: "init" });
  add(shell, 1, { name: "bash" });
  add(call, shell, { name: "bash" });
  add(process.pid, call, { name: "node" });
  add(call + 1, process.pid, { name: "tar" });
  add(call + 2, call, { name: "find" });
}

const others = (isSandboxed = true) =>
  otherProcesses({ shell, isSandboxed, buildTop: "/build", proc }).map(({ pid }) => pid);

it("ignores the shell and the hook's call", () => {
  addBuild();
  expect(others()).toEqual([]);
});

it("finds processes of a phase and their children, whatever their parent is", () => {
  addBuild();
  add(7, shell);
  add(8, 7);
  add(9, 1, { name: "a) S (b" });
  expect(others()).toEqual([7, 8, 9]);
  expect(otherProcesses({ shell, isSandboxed: true, buildTop: "/build", proc })[2]).toEqual({
    pid: 9,
    name: "a) S (b",
    start: "59",
  });
});

it("ignores processes that have ended", () => {
  addBuild();
  add(7, shell, { state: "Z" });
  expect(others()).toEqual([]);
  expect([isRunning(7, proc), isRunning(8, proc), isRunning(shell, proc)]).toEqual([false, false, true]);
});

it("without a sandbox, finds only processes of the build", () => {
  addBuild();
  add(7, 1, { environ: "A=1\0NIX_BUILD_TOP=/build\0" });
  add(8, 1, { environ: "NIX_BUILD_TOP=/build2\0" });
  expect(others(false)).toEqual([7]);
});

it.each([
  ["gpg-agent", "", true],
  ["java", "/jdk/bin/java\0-cp\0x.jar\0org.gradle.launcher.daemon.bootstrap.GradleDaemon\x008.5\0", true],
  ["dotnet", "dotnet\0/sdk/MSBuild.dll\0/nologo\0/nodemode:1\0", true],
  ["java", "/jdk/bin/java\0-jar\0server.jar\0", false],
  ["python3", "python3\0-m\0http.server\0", false],
])("%s %j: isHelper is %s", (name, cmdline, expected) => {
  add(7, 1, { name, cmdline });
  expect(isHelper({ pid: 7, name, start: "" }, proc)).toBe(expected);
});
