import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { majors, nodeOf, whyNodeMissing } from "../versions/node.mjs";
import { restoredThrough } from "./rig/log.ts";
import { project } from "./rig/project.ts";
import { compareOutputs, createRig, type Rig } from "./rig.ts";

const required = process.env.PHASECACHE_VERSIONS === "required";
const dist = join(project, "dist");

/** A package whose layer has several frames, a file with a hole, links, and own paths in text and in a program. */
const source = (name: string, postInstall: string) => `pkgs.stdenv.mkDerivation {
  name = "${name}";
  nativeBuildInputs = [ pkgs.phaseCacheHook ];
  dontUnpack = true;
  buildPhase = ''
    seq 2000000 > numbers
    truncate -s 2M holes
    echo "the prefix is $out" | tee prefix > copy
    ln copy linked
    echo 'int puts(const char *); int main() { return puts(PREFIX) < 0; }' > program.c
    gcc -DPREFIX="\\"$out\\"" program.c -o program
    built=yes
  '';
  installPhase = ''
    mkdir -p $out/bin
    cp -a numbers holes prefix copy linked $out
    cp program $out/bin
    echo $built > $out/state
    runHook postInstall
  '';
  postInstall = "${postInstall}";
}`;

/** A script that prints whether this Node rejects the code cache of the bundles. */
const rejects = `
const { readFileSync } = require("node:fs");
const text = readFileSync("runtime.cjs", "latin1"), cachedData = readFileSync("runtime.cache");
const wrapped = "(function (require, __filename, __dirname) {" + text + "\\n})";
console.log(new (require("node:vm").Script)(wrapped, { filename: "runtime.cjs", cachedData }).cachedDataRejected);`;

let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
  const result = await rig.build(source("shared", ""));
  expect(result.ok, result.log).toBe(true);
});
afterAll(() => rig?.[Symbol.asyncDispose]());

describe.each(majors.map((major) => ({ major, why: whyNodeMissing(major) })))(
  "Node $major",
  ({ major, why }) => {
    const node = nodeOf(major);
    const check = it.skipIf(why !== null && !required);
    const note = why === null ? "" : ` (not available: ${why})`;
    const run = (...args: string[]) => execFileSync(node, args, { encoding: "utf8", cwd: dist });

    it.runIf(required)("is available", () => expect(why).toBeNull());

    /** Builds an edited package; expects a restored build that equals a clean one. */
    async function restores(name: string): Promise<void> {
      const edited = source(name, `echo ${major} > $out/edited`);
      const restored = await rig.build(edited, { node });
      expect(restored.ok, restored.log).toBe(true);
      expect(restoredThrough(restored.messages), restored.log).toBe("installPhase");
      expect(restored.log).not.toMatch(/\(node:\d+\)|building without the cache/);
      const clean = await rig.build(edited, { node, store: false });
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    }

    check(`saves, and restores relocated${note}`, async () => {
      const first = await rig.build(source(`own${major}`, ""), { node });
      expect(first.ok, first.log).toBe(true);
      expect(first.messages.join("\n")).toMatch(/saved/);
      await restores(`own${major}`);
    });

    check(`restores what another version saved${note}`, () => restores("shared"));

    check(`runs the command${note}`, () => {
      const listed = run("phasecache.mjs", "ls", "--store", rig.cache);
      expect(listed).toContain(`own${major}`);
      expect(run("phasecache.mjs", "verify", "--store", rig.cache)).toMatch(/\S/);
    });

    check(`uses the code cache only if it made it${note}`, () => {
      expect(run("-e", rejects)).toBe(`${run("--version") !== `${process.version}\n`}\n`);
    });
  },
);
