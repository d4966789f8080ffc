import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../runtime/store/open.ts";
import { verifyStore } from "../../runtime/store/verify.ts";
import { project } from "./rig/project.ts";
import { compareOutputs, createRig, type Rig } from "./rig.ts";
import { type Random, seeded } from "./soak/random.ts";

const seed = Number(process.env.PHASECACHE_SEED ?? 1);

const base = `(pkgs.stdenv.mkDerivation {
  pname = "sample"; version = "1.0"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  patchPhase = ''head -c 100000 /dev/zero > zeros; state=("$out" patched)'';
  buildPhase = "seq 20000 > numbers; echo $out > self; mkdir -p a/b; ln -s $out a/link";
  installPhase = ''mkdir $out; cp -r numbers self a $out; echo "''\${state[*]}" > $out/state'';
})`;
const edited = `(${base}.overrideAttrs (_: { postFixup = "touch $out/edited"; }))`;

/** Ways to damage a file; `other` is the contents of another file of the same kind. */
const damages: Record<string, (bytes: Buffer, other: Buffer, random: Random) => Buffer> = {
  "a flipped bit": (bytes, _, random) => {
    const copy = Buffer.from(bytes);
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  truncated: (bytes, _, random) => bytes.subarray(0, random.below(bytes.length)),
  emptied: () => Buffer.alloc(0),
  "the contents of another file": (_, other) => other,
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe(`a damaged store, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"} (PHASECACHE_SEED=${seed})`, () => {
  let rig: Rig;
  let intact: string;
  let clean: Record<string, string>;
  beforeAll(async () => {
    rig = await createRig();
    for (const text of [base, edited, base]) expect((await rig.build(text)).ok).toBe(true);
    intact = `${rig.cache}-intact`;
    execFileSync("cp", ["-a", rig.cache, intact]);
    clean = (await rig.build(edited, { store: false })).outPaths;
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  const resetStore = () => {
    for (const name of readdirSync(rig.cache)) rmSync(join(rig.cache, name), { recursive: true });
    execFileSync("cp", ["-a", `${intact}/.`, rig.cache]);
  };
  beforeEach(resetStore);

  /** Yields every file with each kind of damage that changes it. */
  const damaged = function* () {
    const random = seeded(seed);
    const files = filesBelow(intact).map((path) => ({
      name: relative(intact, path),
      bytes: readFileSync(path),
    }));
    const kindOf = (name: string) => name.split("/")[1];
    for (const { name, bytes } of files) {
      const others = files.filter((file) => kindOf(file.name) === kindOf(name) && !file.bytes.equals(bytes));
      for (const [how, damage] of Object.entries(damages)) {
        const other = others.length === 0 ? bytes : random.pick(others).bytes;
        const changed = bytes.length === 0 ? bytes : damage(bytes, other, random);
        if (!changed.equals(bytes)) yield { name, how, bytes, changed };
      }
    }
  };

  const verify = () =>
    verifyStore(openStore(rig.cache, { write: false }), { readData: true, repair: false }).problems;

  it("verify reports every damaged blob and record", () => {
    expect(verify()).toEqual([]);
    let count = 0;
    for (const { name, how, bytes, changed } of damaged()) {
      if (!/^v\d+\/(blobs|snapshots)\//.test(name)) continue;
      writeFileSync(join(rig.cache, name), changed);
      expect(verify(), `${name}: ${how}`).toContainEqual(
        expect.objectContaining({ path: name.slice(name.indexOf("/") + 1) }),
      );
      writeFileSync(join(rig.cache, name), bytes);
      count++;
    }
    expect(count).toBeGreaterThan(50);
    console.log(`damage: ${count} of ${count} found by verify`);
  });

  it("verify exits with status 4 for a damaged store", () => {
    const { name, changed } = [...damaged()].find((one) => one.name.includes("/snapshots/"))!;
    writeFileSync(join(rig.cache, name), changed);
    const bundle = join(project, "dist/phasecache.mjs");
    const { status } = spawnSync(process.execPath, [bundle, "verify", "--store", rig.cache]);
    expect(status).toBe(4);
  });

  it("builds succeed with correct outputs", async () => {
    let count = 0;
    const random = seeded(seed);
    const all = [...damaged()];
    const names = [...new Set(all.map(({ name }) => name))];
    for (const name of names) {
      const { how, changed } = random.pick(all.filter((one) => one.name === name));
      writeFileSync(join(rig.cache, name), changed);
      const result = await rig.build(edited);
      expect(result.ok, `${name}: ${how}\n${result.log}`).toBe(true);
      expect(compareOutputs(result.outPaths, clean), `${name}: ${how}\n${result.log}`).toEqual([]);
      resetStore();
      count++;
    }
    console.log(`damage: ${count} builds, each with a different damaged file`);
  });
});
