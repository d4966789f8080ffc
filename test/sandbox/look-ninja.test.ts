import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, nixPath, type Rig } from "./rig.ts";

/** A package built by CMake and ninja, with the install prefix in every command; the edit is in checkPhase. */
const sample = (check: string) => `(pkgs.stdenv.mkDerivation {
  pname = "prefix"; version = "1"; src = ${nixPath(join(import.meta.dirname, "samples/prefix"))};
  nativeBuildInputs = [ pkgs.cmake pkgs.ninja pkgs.phaseCacheHook ];
  cmakeFlags = [ "-DCMAKE_C_FLAGS=-DELSEWHERE=\${placeholder "out"}/share" ];
  doCheck = true; checkPhase = "echo ${check} > checked";
})`;

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Runs phasecache with the rig's Nix store mounted at /nix, as on a user's machine. */
function phasecache(...args: string[]) {
  const nix = join(dirname(rig.cache), "nix-root/nix");
  const line = `mount --bind '${nix}' /nix && exec "$@" --store '${rig.cache}'`;
  const command = [
    "--mount",
    "bash",
    "-c",
    line,
    "bash",
    process.execPath,
    join(project, "dist/phasecache.mjs"),
  ];
  const { status, stdout, stderr } = spawnSync("unshare", [...command, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

const canMount = process.getuid?.() === 0 && existsSync("/nix");

it.skipIf(!canMount)(
  "ninja has no work to do in the shell of a relocated snapshot (needs root and /nix)",
  async () => {
    expect((await rig.build(sample("one"))).ok).toBe(true);
    const edited = await rig.build(sample("two"));
    expect(edited.messages).toContainEqual(expect.stringMatching(/^restored \S+ through buildPhase /));
    const shell = phasecache("shell", "prefix/checkPhase", "-c", "cat checked; ninja -d explain");
    expect(shell).toMatchObject({ status: 0, stdout: "two\nninja: no work to do.\n" });
    expect(shell.stderr).not.toContain("ninja may rebuild targets");
  },
);
