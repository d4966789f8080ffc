import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, type Rig } from "./rig.ts";

/** A package whose installPhase a user edits. */
const sample = (install: string, more = "") => `pkgs.stdenv.mkDerivation {
  pname = "failing"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  buildPhase = "echo built > built"; installPhase = "mkdir $out; ${install}"; ${more}
}`;

describe("failed builds and older builds", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const phasecache = (...args: string[]) => {
    const command = [join(project, "dist/phasecache.mjs"), "--store", rig.cache, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  it("a phase's name refers to its finished snapshot, and why explains each failed build", async () => {
    expect((await rig.build(sample("false"))).ok).toBe(false);
    expect(phasecache("why", "failing")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no earlier build"),
    });
    expect(phasecache("show", "failing/installPhase")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /has only failed snapshots; the newest is \w+, of installPhase\n .*shell --failed failing/,
      ),
    });
    expect((await rig.build(sample("cp bilt $out"))).ok).toBe(false);
    const first = phasecache("why", "failing");
    expect(first.stdout, first.stderr).toMatch(
      /^miss at installPhase\nfrom .*\nto .*\/installPhase, failed, .*\n {2}installPhase: installPhase changed: .*bilt/,
    );
    expect((await rig.build(sample("cp built $out"))).ok).toBe(true);
    expect((await rig.build(sample("cp buld $out"))).ok).toBe(false);
    const { stdout } = phasecache("why", "failing");
    expect(stdout).toMatch(
      /^miss at installPhase\n.*\n.*failed.*\n {2}installPhase: installPhase changed: .*built.* -> .*buld/,
    );
    const shown = phasecache("--json", "show", "failing/installPhase");
    expect(JSON.parse(shown.stdout)).toMatchObject({ failed: false, phase: "installPhase" });
    expect(phasecache("ls", "failing").stdout).toMatch(/ installPhase \(failed\) /);
    expect(phasecache("shell", "failing/buildPhase", "--", "cat", "built")).toMatchObject({
      status: 0,
      stdout: "built\n",
    });
  });

  it("a hook that fails costs only itself when it is corrected", async () => {
    const build = (hook: string) =>
      rig.build(`pkgs.stdenv.mkDerivation {
        pname = "hook"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
        buildPhase = "echo built > built\\nrunHook postBuild"; postBuild = "${hook}";
        installPhase = "mkdir $out; cp built $out";
      }`);
    const failed = await build("cp bilt copy");
    expect(failed.ok).toBe(false);
    expect(failed.messages.at(-1)).toMatch(/^saved the failed buildPhase\+postBuild: /);
    expect(phasecache("shell", "--failed", "hook", "--", "cat", "built")).toMatchObject({
      status: 0,
      stdout: "built\n",
    });
    const corrected = await build("cp built copy");
    expect(corrected.ok, corrected.log).toBe(true);
    expect(corrected.messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^restored hook-1 through buildPhase in /),
        "miss at buildPhase+postBuild: postBuild changed: bilt → built",
      ]),
    );
    expect(phasecache("shell", "hook/buildPhase+postBuild", "-c", "echo $curPhase")).toMatchObject({
      stdout: "buildPhase\n",
    });
    expect(phasecache("ls", "hook", "--columns", "phase").stdout).toMatch(
      /buildPhase\n.*buildPhase\+postBuild/s,
    );
  });

  it("a miss is explained by the restored build, even when other builds are newer", async () => {
    const named = (more: string) =>
      sample("cp built $out", `pname = "often"; ${more}`).replace('pname = "failing";', "");
    await rig.build(named(""));
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await rig.build(named(`EXPERIMENT = "${number}";`));
    const { messages, log } = await rig.build(named(`postFixup = "echo late";`));
    expect(messages.slice(0, 2), log).toEqual([
      expect.stringMatching(/^restored often-1 through fixupPhase /),
      "miss at fixupPhase+postFixup: postFixup added: echo late",
    ]);
  });
});
