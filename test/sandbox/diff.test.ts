import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, nixPath, type Rig } from "./rig.ts";

/** A C program, installed by make, that contains its own install prefix; `more` are Nix bindings. */
function sample(more = ""): string {
  return `pkgs.stdenv.mkDerivation ({
    pname = "prefix"; version = "1.0";
    src = ${nixPath(join(import.meta.dirname, "samples/prefix"))};
    nativeBuildInputs = [ pkgs.phaseCacheHook ];
    makeFlags = [ "PREFIX=\${placeholder "out"}" ];
  } // { ${more} })`;
}

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

function phasecache(...args: string[]) {
  const command = [join(project, "dist/phasecache.mjs"), ...args, "--store", rig.cache];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

function idsOf(phase: string): string[] {
  const { stdout } = phasecache("ls", "prefix", "--phase", phase, "--columns", "id", "--no-headers");
  return stdout.split("\n").slice(0, -1);
}

it("shows no difference in files and state between builds that differ in an attribute and the install prefix", async () => {
  expect((await rig.build(sample())).ok).toBe(true);
  expect((await rig.build(sample('FOO = "x";'))).phases).toContain("buildPhase");
  for (const phase of ["buildPhase", "installPhase", "fixupPhase"]) {
    const [one, other] = idsOf(phase);
    const { status, stdout, stderr } = phasecache("diff", one!, other!, "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { files, state } = JSON.parse(stdout) as { files: unknown[]; state: { name: string }[] };
    expect(files).toEqual([]);
    // nixpkgs' configurePhase sets this variable to the name of a temporary file.
    expect(state.filter(({ name }) => name !== "CONFIGURE_MTIME_REFERENCE")).toEqual([]);
  }
});

it("shows what a phase changed", async () => {
  const { stdout } = phasecache("diff", "prefix/buildPhase", "prefix/installPhase");
  const names = stdout.split("\n").filter((line) => line.startsWith("+"));
  expect(names.map((line) => line.replace(/.* /, ""))).toEqual([
    "$out/",
    "$out/bin/",
    "$out/bin/program",
    "$out/include/",
    "$out/include/prefix.h",
    "$out/lib/",
    "$out/lib/libpart.a",
    "$out/lib/libshared.so",
    "$out/lib/pkgconfig/",
    "$out/lib/pkgconfig/part.pc",
  ]);
});
