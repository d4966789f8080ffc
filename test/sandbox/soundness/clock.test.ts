import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { restoredThrough } from "./check.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** A file that tells builds with the store how far the clock is ahead. The store's directory may contain hidden files. */
const clock = "/var/cache/phasecache/.clock";

/** Simulates a clock that is ahead: sets the times of `$files` to future times, each a bit later than the one before. */
const ahead = `if [ -e ${clock} ]; then for f in $files; do sleep 0.01; touch -d "$(cat ${clock})" $f; done; fi`;

/** Builds a package while the clock is ahead, then its edits, which must equal their clean builds. */
async function build(
  name: string,
  when: string,
  attributes: string,
  edits: readonly [string, string | null][],
) {
  const derivation = (edit: string) => `(let old = { dontUnpack = true; ${attributes} }; in
    pkgs.stdenv.mkDerivation ({ pname = "${name}"; version = "1"; nativeBuildInputs = [ pkgs.phaseCacheHook ]; } // old // { ${edit} }))`;
  writeFileSync(join(rig.cache, ".clock"), when);
  const cold = await rig.build(derivation(""));
  rmSync(join(rig.cache, ".clock"));
  expect(cold.ok, cold.log).toBe(true);
  const logs: string[] = [];
  for (const [edit, through] of edits) {
    const restored = await rig.build(derivation(edit));
    const clean = await rig.build(derivation(edit), { store: false });
    expect([restored.ok, clean.ok], restored.log).toEqual([true, true]);
    expect(restoredThrough(restored.messages), restored.log).toBe(through);
    expect(compareOutputs(restored.outPaths, clean.outPaths), restored.log).toEqual([]);
    logs.push(restored.log);
  }
  return logs;
}

const autotools = `
  patchPhase = ''mkdir s; cd s; echo 'exit 0' > configure; echo 1 > part.in; printf 'all: part\\npart: part.in\\n\\techo ran >> ../runs; cp part.in part\\n' > Makefile
    files="configure part.in Makefile"; ${ahead}'';
  configurePhase = ''touch conftest; if [ configure -nt conftest -a ! -e ${clock} ]; then echo newly created file is older; false; fi; runHook preConfigure'';
  buildPhase = ''make; files=part; ${ahead}; make'';
  installPhase = ''make; mkdir -p $out; cp part ../runs $out; runHook postInstall'';`;

it.each(["+50 minutes", "+3 days", "+2 years"])(
  "sources whose times are ahead by %s are configured and built once",
  async (when) => {
    const [first, second] = await build(`clock${when.replace(/\W+/g, "-")}`, when, autotools, [
      [`preConfigure = "true";`, "patchPhase"],
      [`preConfigure = "true"; preInstall = "true";`, "buildPhase"],
    ]);
    expect(first).toMatch(/the snapshot has file times up to .* in the future/);
    expect(second).not.toMatch(/in the future/);
  },
);

it("objects whose times are ahead are not built again", async () => {
  const [log] = await build("clock-objects", "+3 days", autotools, [[`preInstall = "true";`, "buildPhase"]]);
  expect(log).toMatch(/in the future/);
});

it("a time that is intentionally set to decades ahead is kept", async () => {
  const attributes = `buildPhase = "echo 1 > a; touch -d 2100-01-01 stamp";
    installPhase = "mkdir -p $out; stat -c %y stamp > $out/a; [ stamp -nt a ]; runHook postInstall";`;
  const [log] = await build("clock-stamp", "", attributes, [[`preInstall = "true";`, "buildPhase"]]);
  expect(log).not.toMatch(/in the future/);
});

it("ninja has no work to do after times were shifted, and builds again after an edit", async () => {
  const attributes = `buildPhase = ''
      printf 'rule cp\\n command = echo ran >> runs; cp $in $out\\n restat = 1\\nbuild b: cp a\\nbuild c: cp b\\n' > build.ninja
      echo 1 > a; files="a build.ninja"; ${ahead}; ninja; if [ -e ${clock} ]; then now=$(date -d "$(cat ${clock})" +%s); touch -d @$((now + 2)) b; touch -d @$((now + 3)) c
      awk -v now=$now -v OFS='\\t' 'NR > 1 { $3 = (now + 4) "000000000" } { print }' .ninja_log > log; mv log .ninja_log; fi'';
    installPhase = ''ninja; echo 2 > a; ninja; mkdir -p $out; cp runs b c $out; runHook postInstall'';`;
  await build("clock-ninja", "+3 days", attributes, [[`preInstall = "true";`, "buildPhase"]]);
});
