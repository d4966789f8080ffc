import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { restoredThrough } from "./rig/log.ts";
import { type BuildResult, compareOutputs, createRig, type Rig } from "./rig.ts";

const isRoot = process.getuid!() === 0;

/**
 * A package with phases that each write half a megabyte of incompressible data.
 * @param waits the name of a phase that waits for the file /signal/go; it is excluded from the keys
 */
function sample(waits: string, edit = ""): string {
  const phase = (name: string) =>
    `''
      if [[ $waits == ${name} ]]; then touch /signal/waits; until [[ -e /signal/go ]]; do sleep 0.05; done; fi
      perl -e 'srand(7); print pack("C*", map { int(rand(256)) } 1 .. 500000)' > ${name}
    ''`;
  return `(pkgs.stdenv.mkDerivation {
    pname = "sample"; version = "1.0"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
    waits = "${waits}"; phaseCacheIgnore = [ "waits" ];
    patchPhase = ${phase("patch")}; configurePhase = ${phase("configure")}; buildPhase = ${phase("build")};
    installPhase = "mkdir $out; cp patch configure build $out; echo $out > $out/self";
    ${edit}
  })`;
}

const edit = `preBuild = "true"; postFixup = "touch $out/edited";`;

function warnings({ messages }: BuildResult): string[] {
  return messages.filter((line) => !/^(saved|restored|miss|no snapshots)/.test(line));
}

describe(`a store that becomes unavailable, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let signal: string;
  const build = (text: string, store = true) =>
    rig.build(text, { store, settings: { "extra-sandbox-paths": `/signal=${signal}` } });
  const go = () => writeFileSync(join(signal, "go"), "");
  beforeAll(async () => {
    rig = await createRig();
    signal = join(dirname(rig.cache), "signal");
    mkdirSync(signal);
    chmodSync(signal, 0o777);
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  beforeEach(() => {
    rmSync(join(signal, "go"), { force: true });
    rmSync(join(signal, "waits"), { force: true });
    rmSync(join(rig.cache, "v1"), { recursive: true, force: true });
  });

  /** Ways to make the store unavailable. `bringBack` makes it available again, with or without its contents. */
  const ways: Record<string, { remove: (cache: string) => void; bringBack: (cache: string) => void }> = {
    "moved away": {
      remove: (cache) => renameSync(join(cache, "v1"), join(cache, "moved")),
      bringBack: (cache) => {
        rmSync(join(cache, "v1"), { recursive: true, force: true });
        renameSync(join(cache, "moved"), join(cache, "v1"));
      },
    },
    removed: { remove: (cache) => rmSync(join(cache, "v1"), { recursive: true }), bringBack: () => {} },
    "made unreadable": {
      remove: (cache) => chmodSync(cache, 0),
      bringBack: (cache) => chmodSync(cache, 0o2770),
    },
    "replaced by a file": {
      remove: (cache) => {
        renameSync(join(cache, "v1"), join(cache, "moved"));
        writeFileSync(join(cache, "v1"), "");
      },
      bringBack: (cache) => {
        rmSync(join(cache, "v1"));
        renameSync(join(cache, "moved"), join(cache, "v1"));
      },
    },
  };

  describe.each(Object.entries(ways))("%s", (_, { remove, bringBack }) => {
    it.each([
      ["in a first build", false],
      ["in a restored build", true],
    ])("between two phases %s: the build succeeds with one message", async (_when, isRestored) => {
      go();
      if (isRestored) expect((await build(sample("none"))).ok).toBe(true);
      rmSync(join(signal, "go"));
      const text = sample("build", edit);
      let ended = false;
      const running = build(text).finally(() => {
        ended = true;
      });
      while (!existsSync(join(signal, "waits")) && !ended) await setTimeout(20);
      remove(rig.cache);
      go();
      const result = await running;
      bringBack(rig.cache);
      expect(result.ok, result.log).toBe(true);
      expect(warnings(result), result.log).toHaveLength(1);
      const clean = await build(text, false);
      expect(compareOutputs(result.outPaths, clean.outPaths)).toEqual([]);
      // With the store available again, the next build restores what it contains and saves the rest.
      await build(text);
      const again = await build(text);
      expect(restoredThrough(again.messages), again.log).toBe("fixupPhase+postFixup");
      expect(compareOutputs(again.outPaths, clean.outPaths)).toEqual([]);
    });
  });

  describe.skipIf(!isRoot)("on a file system that is too small (needs root)", () => {
    const mount = (kilobytes: number) => {
      const { uid, gid } = statSync(rig.cache);
      const options = `size=${kilobytes}k,mode=2770,uid=${uid},gid=${gid}`;
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", rig.cache]);
      chownSync(rig.cache, uid, gid);
      chmodSync(rig.cache, 0o2770);
    };

    it("becomes full in different saves: the builds succeed with at most one message each", async () => {
      go();
      const [base, edited] = [sample(""), sample("", edit)];
      const clean = await Promise.resolve(build(base, false)).then(async (one) => [
        one,
        await build(edited, false),
      ]);
      for (const kilobytes of [100, 400, 700, 1000, 1300, 1600, 1900]) {
        mount(kilobytes);
        try {
          for (const [at, text] of [base, edited, base].entries()) {
            const result = await build(text);
            expect(result.ok, result.log).toBe(true);
            expect(compareOutputs(result.outPaths, clean[at % 2]!.outPaths), `${kilobytes} kB`).toEqual([]);
            expect(warnings(result).length, `${kilobytes} kB\n${result.log}`).toBeLessThanOrEqual(1);
          }
        } finally {
          execFileSync("umount", [rig.cache]);
        }
      }
    });
  });
});
