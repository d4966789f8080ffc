import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { restoredThrough } from "./check.ts";

const archive =
  "find o -name '*.o' -print0 | xargs -0 ar rcsD $out/lib.a; python3 -c 'import os; print(os.listdir(\"o\"))' > $out/python";
const objects = "mkdir o; for i in zeta alpha mid beta omega x1 q7; do echo $i > o/$i.o; done";

/** Files that two phases create. The edited installPhase, which is not restored, lists them. */
const cases: Record<string, { configure: string; build: string }> = {
  "objects of one phase": { configure: ":", build: objects },
  "objects of two phases, in one directory": {
    configure: objects,
    build: "for i in new a zz; do echo $i > o/$i.o; done",
  },
  "a file that is overwritten": { configure: objects, build: "echo again > o/mid.o" },
  "a file that is replaced by a rename": {
    configure: objects,
    build: "echo again > o/t; mv o/t o/mid.o",
  },
  "a file that is removed and created again": {
    configure: objects,
    build: "rm o/mid.o o/alpha.o; echo 1 > o/alpha.o; echo 2 > o/mid.o",
  },
  "files and directories, some of them read-only": {
    configure: `${objects}; mkdir o/d1; echo 1 > o/between.o; mkdir -p o/d2/e/f; touch o/d2/x o/d2/e/y; echo 2 > o/last.o; chmod 0555 o/d2/e o/d1`,
    build: "touch o/d2/z; mkdir o/d3; touch late; mkdir z a m",
  },
  "links and files with holes": {
    configure: `${objects}; ln -s x o/link; truncate -s 100000 o/sparse.o; ln o/zeta.o o/hard; echo 1 > o/after.o`,
    build: "truncate -s 100000 o/more; echo 1 > o/evenmore",
  },
  "a thousand files": {
    configure:
      "mkdir o; for i in {1..1500}; do echo $i > o/$((i * 7919 % 1500)).o; done; mkdir o/p; touch o/p/{9..1}",
    build: "for i in {1..40}; do echo $i > o/n$((i * 17 % 40)); done; mv o/77.o o/moved",
  },
  ".wh. names": { configure: `${objects}; touch o/.wh.a o/b o/.wh.c`, build: "touch o/.wh.b" },
};

function derivation(name: string, { configure, build }: { configure: string; build: string }, edit: string) {
  return `pkgs.stdenv.mkDerivation {
    pname = "${name}"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
    configurePhase = ''${configure}''; buildPhase = ''${build}'';
    installPhase = ''mkdir -p $out; find . -printf '%p %y %m\\n' > /tmp/list; mv /tmp/list $out/list; ${archive}; ${edit}'';
  }`;
}

describe.each([
  ["/dev/shm", existsSync("/dev/shm")],
  ["/tmp", true],
])("directories in %s list names in the order of a clean build:", (place, exists) => {
  let rig: Rig;
  let folder: string;
  beforeAll(async () => {
    if (!exists) return;
    rig = await createRig();
    folder = mkdtempSync(`${place}/phasecache-order-`);
  });
  afterAll(async () => {
    if (!exists) return;
    rmSync(folder, { recursive: true, force: true });
    await rig[Symbol.asyncDispose]();
  });

  const numbered = Object.entries(cases).map(([what, sample], i) => ({ what, sample, name: `order-${i}` }));
  it.skipIf(!exists).each(numbered)("$what", async ({ sample, name }) => {
    const env = { TMPDIR: folder };
    const cold = await rig.build(derivation(name, sample, ":"), { env });
    expect(cold.ok, cold.log).toBe(true);
    const edited = derivation(name, sample, "true");
    const restored = await rig.build(edited, { env });
    const clean = await rig.build(edited, { env, store: false });
    expect(restoredThrough(restored.messages), restored.log).toBe("buildPhase");
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
  });
});
