import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { project } from "../rig/project.ts";
import { createRig, type Rig } from "../rig.ts";

describe("files of a build in /tmp and /dev/shm, in the command", () => {
  let rig: Rig;
  let place: string;
  beforeAll(async () => {
    rig = await createRig();
    place = mkdtempSync(join(tmpdir(), "phasecache-extract-"));
    const { ok, log } = await rig.build(`pkgs.stdenv.mkDerivation {
      pname = "left"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
      buildPhase = "mkdir /tmp/d; echo in tmp > /tmp/d/t; echo in shm > /dev/shm/s";
      installPhase = "mkdir $out; rm -r /tmp/d";
    }`);
    expect(ok, log).toBe(true);
  });
  afterAll(async () => {
    rmSync(place, { recursive: true, force: true });
    await rig[Symbol.asyncDispose]();
  });

  const phasecache = (...args: string[]) => {
    const command = [join(project, "dist/phasecache.mjs"), "--store", rig.cache, ...args];
    const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    return stdout + stderr;
  };

  it("extract writes them to tmp and shm", () => {
    phasecache("extract", "left/buildPhase", join(place, "built"));
    expect(readFileSync(join(place, "built/tmp/d/t"), "utf8")).toBe("in tmp\n");
    expect(readFileSync(join(place, "built/shm/s"), "utf8")).toBe("in shm\n");
    phasecache("extract", "left/patchPhase", join(place, "patched"));
    expect(existsSync(join(place, "patched/build"))).toBe(true);
    expect(existsSync(join(place, "patched/tmp"))).toBe(false);
  });

  it("cat and diff use the paths of the build", () => {
    expect(phasecache("cat", "left/buildPhase", "/tmp/d/t")).toBe("in tmp\n");
    expect(phasecache("cat", "left/buildPhase", "/dev/shm/s")).toBe("in shm\n");
    expect(phasecache("diff", "left/buildPhase", "left/installPhase")).toContain("/tmp/d/t");
  });
});
