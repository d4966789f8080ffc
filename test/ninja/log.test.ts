import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { murmurHash, rapidHash } from "../../runtime/ninja/hash.ts";
import { rehashLog } from "../../runtime/ninja/log.ts";

const ninja = "/usr/bin/ninja";
const present = spawnSync(ninja, ["--version"]).status === 0;
const oldHash = "0".repeat(32);
const newHash = "1".repeat(32);

describe("hashes of commands", () => {
  /** Bytes 3, 10, 17, …: the vectors below were computed with the reference implementation. */
  const bytes = String.fromCharCode(...Array.from({ length: 300 }, (_, i) => (i * 7 + 3) & 255));

  it.each([
    [0, "5a6ef77074ebc84b"],
    [1, "a3fadac679d394de"],
    [2, "d7d6c4d9a684e853"],
    [3, "5e9c2fab588102bc"],
    [4, "3439225718799434"],
    [7, "9f350f5538005bc2"],
    [8, "21ed646da1f1bd16"],
    [9, "42b8cbfdae0383ea"],
    [12, "304f40d835c576f"],
    [15, "8d0f3dc7397ae084"],
    [16, "ae99bb348163beff"],
    [17, "ce81cef42cd039f4"],
    [24, "455a1cd4912d8005"],
    [25, "fe156f1bc6b898fc"],
    [31, "720fabc4b4cdb3e"],
    [32, "9e9c5c2cc9a5a047"],
    [33, "277e402e02881daa"],
    [40, "c4b4a9d03f8d1117"],
    [47, "d0013a362274e309"],
    [48, "f313bcd707488b55"],
    [49, "d7aa292819131149"],
    [50, "45792427ba17355f"],
    [64, "8e725b77da00a17"],
    [65, "862fa0e929908c1a"],
    [80, "2a0fc7b9f7558c3f"],
    [95, "ce5e1f301ecf981"],
    [96, "24ea2ecda97bb244"],
    [97, "28ca4737d8ccff3c"],
    [100, "901819474814bc63"],
    [112, "ff950d037d1aa66d"],
    [113, "77f27e38f6187db3"],
    [129, "77a96377c21f5e7d"],
    [143, "2f3b6ff77a3bf857"],
    [144, "bc272b81c50c3b5"],
    [145, "e69fc35c48a59adc"],
    [150, "3369814f2adc00a2"],
    [191, "5dab2cbf1cddc7cb"],
    [192, "6c8c315059db21c4"],
    [193, "6451cca867fd7c9"],
    [200, "afb9e4a3319659b8"],
    [256, "e79735bb88ac9f3e"],
    [299, "61d920ce7ae05bfe"],
  ] as const)("rapidhash of %i bytes is %s", (length, hash) => {
    expect(rapidHash(bytes.slice(0, length))).toBe(hash);
  });

  it("murmurHash differs for every length of the last, incomplete word", () => {
    const hashes = Array.from({ length: 17 }, (_, length) => murmurHash(bytes.slice(0, length)));
    expect(new Set(hashes).size).toBe(17);
  });
});

describe.skipIf(!present)(`rehashing a real log (skipped where ${ninja} is absent)`, () => {
  let directory: string;
  const ninjaRun = () => execFileSync(ninja, ["-C", directory], { encoding: "utf8" });

  /** The edges name an output path in a command, in a response file's contents, and in a command without inputs. */
  const buildFile = (hash: string) => `
rule compile
  command = cp $in $out && : -DPREFIX=/nix/store/${hash}-x
rule link
  command = cat $in > $out && : @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in_newline -L/nix/store/${hash}-x
rule make
  command = echo ${hash} > $out
build a.o: compile a.c
build b.o: compile b.c
build app: link a.o b.o
build generated: make
default app generated
`;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "phasecache-ninja-"));
    writeFileSync(join(directory, "a.c"), "a");
    writeFileSync(join(directory, "b.c"), "b");
    writeFileSync(join(directory, "build.ninja"), buildFile(oldHash));
    ninjaRun();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const relocate = () => writeFileSync(join(directory, "build.ninja"), buildFile(newHash));
  const restore = (command: string) => command.replaceAll(newHash, oldHash);

  it("ninja runs everything again without rehashing", () => {
    relocate();
    expect(ninjaRun()).toContain("[4/4]");
  });

  it("ninja runs nothing after rehashing", () => {
    relocate();
    const outcome = rehashLog(directory, { command: [ninja], env: {} }, restore);
    expect(outcome).toMatchObject({ kind: "rehashed", entries: 4, matched: 4 });
    expect(ninjaRun()).toContain("no work to do");
  });

  it("ninja still runs an edited command", () => {
    relocate();
    rehashLog(directory, { command: [ninja], env: {} }, restore);
    writeFileSync(join(directory, "a.c"), "edited");
    expect(ninjaRun()).toContain("[2/2]");
  });

  it("keeps the log's modification time", () => {
    const log = join(directory, ".ninja_log");
    utimesSync(log, 1000, 1000);
    relocate();
    rehashLog(directory, { command: [ninja], env: {} }, restore);
    expect(execFileSync("stat", ["-c", "%Y", log], { encoding: "utf8" }).trim()).toBe("1000");
  });

  it("does not change a log of an unknown version, and names the version", () => {
    const log = join(directory, ".ninja_log");
    writeFileSync(log, readFileSync(log, "utf8").replace(/v\d+/, "v99"));
    const before = readFileSync(log, "utf8");
    relocate();
    const outcome = rehashLog(directory, { command: [ninja], env: {} }, restore);
    expect(outcome).toMatchObject({ kind: "left", reason: expect.stringContaining("v99") });
    expect(readFileSync(log, "utf8")).toBe(before);
  });

  it("does not change the log when ninja can't read its build file", () => {
    writeFileSync(join(directory, "build.ninja"), "rule without end");
    expect(rehashLog(directory, { command: [ninja], env: {} }, restore)).toMatchObject({ kind: "left" });
  });
});
