import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findNotRelocatable } from "../../../runtime/snapshot/layers.ts";
import { patternsOf, replacements } from "../../../runtime/snapshot/patterns.ts";
import { bash, makeChain } from "../rig.ts";

const hasCompiler = spawnSync("gcc", ["--version"]).status === 0;
if (!hasCompiler) console.log("skipped tests of compiled constant strings: gcc not found");

const storePath = (hash: string, name: string) => `/nix/store/${hash}-${name}`;
const newHash = "9876543210zyxwvsrqpnmlkjihgfdcba";

const chains: ReturnType<typeof makeChain>[] = [];
afterEach(() => {
  for (const chain of chains.splice(0)) chain.remove();
});

/**
 * Saves a file in a build with one hash and restores it in a build with another. Returns its contents; null for a
 * miss.
 */
async function moved(name: string, hash: string, make: (directory: string) => void): Promise<Buffer | null> {
  const [from, to] = [{ out: storePath(hash, name) }, { out: storePath(newHash, name) }];
  const chain = makeChain(patternsOf(from));
  chains.push(chain);
  make(chain.origin.build);
  await chain.save();
  const layers = chain.layers.map((layer) => ({ ...layer, replacements: replacements(from, to) }));
  if (findNotRelocatable(layers) !== null) return null;
  const { build } = await chain.restore(replacements(from, to));
  return readFileSync(join(build, "file"));
}

/** Hashes whose ends are ambiguous in front of `-hello-2.10`. */
const hashes = ["c", "lc", "5c", "llc", "lllc", "ellc", "hellc", "llllllc", "l", "ll", "00", "nixc"].map(
  (end) => ("0123456789abcdfghijklmnpqrsvwxyz".slice(0, 32 - end.length) + end).replaceAll("e", "3"),
);

describe("characters before the package's name that match the end of a hash", () => {
  const name = "hello-2.10";
  const hash = "0123456789abcdfghijklmnpqrsvwxyc";
  const write = (text: string, at: number, head: string) => (directory: string) => {
    const bytes = Buffer.alloc(1024);
    bytes.write(head);
    bytes.write(text, at, "latin1");
    writeFileSync(join(directory, "file"), bytes);
  };

  it("do not change in texts, in file names and in links", async () => {
    const text = `gcc-${name} /src/vc-${name}/a\n`;
    const result = await moved(name, hash, (directory) => {
      writeFileSync(join(directory, "file"), text);
      bash(
        directory,
        `mkdir gcc-${name}; ln -s ../gcc-${name} gcc-${name}/link; echo c-${name} > gcc-${name}/text`,
      );
    });
    expect(String(result)).toBe(text);
  });

  it("do not change in the store path of another package", async () => {
    const other = storePath(`${"z".repeat(31)}c`, name);
    const result = await moved(name, hash, write(other, 512, "\x7fELF"));
    expect(String(result)).toContain(other);
  });

  it("do not change in a word of a binary that is no object file and has no hash", async () => {
    const text = `/build/golanc-${name}/lex.go`;
    const result = await moved(name, hash, write(text, 608, "\0\0"));
    expect(String(result)).toContain(text);
  });

  it("can't be classified in a sparse file", async () => {
    const make = (directory: string) => {
      writeFileSync(join(directory, "file"), `gcc-${name}`);
      bash(directory, "truncate -s 1M file; echo end >> file");
      bash(directory, `printf vc-${name} | dd of=file bs=1 seek=500000 conv=notrunc status=none`);
    };
    expect(await moved(name, hash, make)).toBeNull();
  });

  it.each([
    ["an object file, where no piece could begin", 600 + 3, "\x7fELF"],
    ["an object file, where a piece could begin, but without other pieces", 608, "\x7fELF"],
    ["a file of unknown format", 608, "\0\0"],
  ])("can't be classified in %s", async (_, at, head) => {
    expect(await moved(name, hash, write(`c-${name}/lib`, at, head))).toBeNull();
  });
});

describe.skipIf(!hasCompiler)("a constant string that the compiler copies in pieces (needs gcc)", () => {
  const suffixes = ["", "/lib", "/bin/x", "/share/locale", "/share/doc/hello/a", "/lib/a/b/c/d/e/f/g/h/i"];
  const source = (path: string) =>
    suffixes.map(
      (suffix, i) => `char b${i}[200]; void f${i}(void) { __builtin_strcpy(b${i}, "${path}${suffix}"); }`,
    );

  function compile(directory: string, path: string, way: string): void {
    const lines = source(path);
    writeFileSync(join(directory, "a.c"), `${lines.join("\n")}\nint main(void) { return 0; }\n`);
    bash(directory, `${way}; rm a.c; rm -f a.o`);
  }

  const ways = [
    "gcc -O2 -c a.c -o file",
    "gcc -O2 a.c -Wl,--build-id=none -o file",
    "gcc -O2 -c a.c -o a.o; ar rcD file a.o",
    "gcc -Os -mno-sse -c a.c -o file",
  ];
  it.each(ways)("is relocated correctly, or not at all: %s", async (way) => {
    let right = 0;
    for (const hash of hashes) {
      for (const name of ["hello-2.10", "x-1"]) {
        const result = await moved(name, hash, (directory) => compile(directory, storePath(hash, name), way));
        if (result !== null) {
          const clean = makeChain();
          chains.push(clean);
          compile(clean.origin.build, storePath(newHash, name), way);
          const expected = readFileSync(join(clean.origin.build, "file"));
          expect(result.equals(expected), `${hash}-${name}`).toBe(true);
          right++;
        }
      }
    }
    // A short name may end before the piece does: then nothing shows that the string was split.
    expect(right).toBeGreaterThanOrEqual(hashes.length);
    console.log(`${way}: ${right} of ${2 * hashes.length} moved`);
  });
});
