import { spawnSync } from "node:child_process";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { classify, isSortedByHashes } from "../../../runtime/layer/classification/classify-file.ts";
import { findInside } from "../../../runtime/layer/classification/inside.ts";
import { confirmFamilies, formsOf, fourByteForms } from "../../../runtime/layer/relocation/forms.ts";
import { nixDigits } from "../../../runtime/layer/relocation/nix-base32.ts";
import { makeSearch } from "../../../runtime/layer/relocation/search.ts";
import { findTokens } from "../../../runtime/layer/relocation/tokens.ts";
import { compressFrame } from "../../../runtime/util/encoding/zstd.ts";

const hash = "vx7k2p9qcnz4r1sdh8wy5lb3a6fgjimc";
const path = `/nix/store/${hash}-x`;
const bytes = (text: string) => Buffer.from(text, "latin1");

/** Classifies a file that begins with `head` and ends with a hash. */
const kindOf = (head: string, at = 0) => {
  const file = Buffer.concat([Buffer.alloc(at), bytes(head), Buffer.alloc(600), bytes(path)]);
  const { verdict, kind } = classify(file, [file.indexOf(hash)]);
  return `${verdict} ${kind}`;
};

describe("a file with a hash", () => {
  it.each([
    ["\x28\xb5\x2f\xfd", 0, "not-relocatable zstd"],
    ["ustar", 257, "not-relocatable tar"],
    ["SQLite format 3\0", 0, "not-relocatable sqlite"],
    ["\xce\x9a\x57\x13", 0, "not-relocatable gdbm"],
    ["\x61\x15\x06\0", 12, "not-relocatable Berkeley DB"],
    ["\xbe\xef\xc0\xde", 16, "not-relocatable LMDB"],
    ["DIRC\0\0\0\x02", 0, "not-relocatable git index"],
    ["hsqs", 0, "not-relocatable squashfs"],
    ["CD001", 32769, "not-relocatable ISO 9660"],
    ["\x53\xef", 1080, "not-relocatable ext"],
    ["Caml1999I030", 0, "not-relocatable OCaml interface"],
    ["\xde\x12\x04\x95", 0, "patched message catalogue"],
    ["\xca\xfe\xba\xbe\0\0\0\x41", 0, "patched Java class"],
    ["\xa7\x0d\x0d\x0a\0\0\0\0", 0, "patched pyc"],
    ["\xa7\x0d\x0d\x0a\x03\0\0\0", 0, "not-relocatable pyc with a hash"],
    ["\x03\xf3\x0d\x0a\x99\x99\x99\x99", 0, "patched pyc"],
    ["\0asm\x01\0\0\0", 0, "patched wasm"],
    ["# ninjadeps\n\x04\0\0\0", 0, "patched ninja deps"],
    ["\x7fELF\x02\x01\x01", 0, "patched ELF"],
    ["who knows\0", 0, "unknown binary"],
  ])("that begins with %j at %i is: %s %s", (head, at, kind) => {
    expect(kindOf(head, at)).toBe(kind);
  });

  it("is text without binary data, whatever it begins with", () => {
    for (const head of ["", "PACKAGE=", "BZhang ", "x^2 ", "070701 is a number; ", "MIDX ", "\x1b[1m"])
      expect(classify(bytes(head + path), [head.length + 11])).toEqual({ verdict: "patched", kind: "text" });
  });

  it("has the class of its member with the hash, if it is an archive", () => {
    const member = (contents: Buffer) => {
      const header = `${"m/".padEnd(48)}${String(contents.length).padEnd(10)}\`\n`;
      return Buffer.concat([bytes(`!<arch>\n${header}`), contents]);
    };
    const of = (contents: Buffer) => {
      const file = member(contents);
      return classify(file, [file.indexOf(hash)]).verdict;
    };
    expect(of(bytes(path))).toBe("patched");
    expect(of(Buffer.concat([bytes("\x7fELF\0"), bytes(path)]))).toBe("patched");
    expect(of(gzipSync(path, { level: 0 }))).toBe("not-relocatable");
    expect(of(bytes(`\0\0${path}`))).toBe("unknown");
  });

  it("is sorted by hashes if its lines first differ in hashes", () => {
    const other = "1x7k2p9qcnz4r1sdh8wy5lb3a6fgjim1";
    const sorted = (text: string) => {
      const file = bytes(text);
      const hits = [hash, other].map((one) => file.indexOf(one)).sort((a, b) => a - b);
      return isSortedByHashes(file, hits, 32);
    };
    expect(sorted(`/nix/store/${other}-x\n/nix/store/${hash}-x\n`)).toBe(true);
    expect(sorted(`/nix/store/${hash}-x\n/nix/store/${other}-x\n`)).toBe(false);
    expect(sorted(`dev=/nix/store/${hash}-x\nout=/nix/store/${other}-x\n`)).toBe(false);
  });
});

describe("other forms of a hash", () => {
  const finds = (text: string, forms = formsOf(hash).filter(({ family }) => family === undefined)) =>
    makeSearch(forms.map((form) => bytes(form.bytes)))(bytes(text)).length > 0;

  it.each([0, 1, 2, 3, 4])("are found at every alignment: %i characters in front", (before) => {
    const text = Buffer.from(`${"#".repeat(before)}${path}`);
    for (const encoded of [text.toString("base64"), text.toString("base64url"), text.toString("hex")])
      for (const width of [Number.POSITIVE_INFINITY, 76, 60, 40])
        expect(finds(encoded.replace(new RegExp(`.{${Math.min(width, 999)}}`, "g"), "$&\n")), encoded).toBe(
          true,
        );
  });

  it("are not found in random text", () => {
    const noise = Array.from({ length: 20_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0);
    expect(finds(noise.map((n) => n.toString(36)).join(" "))).toBe(false);
    expect(finds(Buffer.from(Uint32Array.from(noise).buffer).toString("base64"))).toBe(false);
  });

  it("are confirmed, for pieces of four characters, only if several are consecutive and close", () => {
    const forms = fourByteForms(hash).map((form) => ({ hash: 0, form }));
    const hit = (offset: number, position: number) => ({ offset, form: position });
    expect(confirmFamilies([hit(0, 1), hit(10, 5), hit(20, 9)], forms)).not.toEqual([]);
    expect(confirmFamilies([hit(0, 1), hit(10, 5), hit(20, 10)], forms)).toEqual([]);
    expect(confirmFamilies([hit(0, 1), hit(10, 5), hit(5000, 9)], forms)).toEqual([]);
  });
});

it("decodes base 32 as nix-hash does", () => {
  // The SHA-256 of `hello`, from nix-hash --to-base16.
  const digits = nixDigits("094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic");
  expect(digits?.toString("hex")).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  expect(nixDigits("e")).toBeNull();
});

describe("texts of digests", () => {
  const tokens = (text: string) => {
    const found: string[] = [];
    findTokens(bytes(text), true, true, ({ digest, offset }) => found.push(`${offset} ${digest}`));
    return found;
  };
  const hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  const base64 = Buffer.from(hex, "hex").toString("base64");

  it("are found at any offset and in all encodings", () => {
    for (let before = 0; before < 70; before++)
      expect(tokens(`${" ".repeat(before)}${hex}  run\n`)).toEqual([`${before} ${hex}`]);
    expect(tokens(`x,sha256=${base64.replace("=", "")},12`)).toEqual([`9 ${hex}`]);
    expect(tokens(`"sha256-${base64}"`)).toEqual([`1 ${hex}`]);
    expect(tokens(`main-${hex}.js`)).toEqual([`5 ${hex}`]);
    expect(tokens(hex.toUpperCase())).toEqual([`0 ${hex}`]);
  });

  it("are not found in words of the same length", () => {
    expect(tokens(`${"abcdefghij".repeat(4)} ${"x".repeat(64)} ${"/usr/lib".repeat(8)} ${hex}0`)).toEqual([]);
  });
});

describe("searching packed data", () => {
  const tools = { xz: null, bzip2: null };
  const finds = (text: Buffer) => text.includes(hash);

  it("stops at the budget and at the maximum depth", () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(64 << 20)));
    const budget = { bytes: 1 << 20 };
    expect(findInside(bomb, finds, tools, budget)).toBe("unsearched");
    expect(budget.bytes).toBeLessThan(1 << 20);
    let nested: Buffer = bytes(path);
    for (let i = 0; i < 9; i++) nested = deflateSync(nested);
    expect(findInside(nested, finds, tools, { bytes: 1 << 20 })).toBe("unsearched");
  });

  const large = Buffer.alloc(64 << 20);
  const pack = (program: string) =>
    spawnSync(program, ["-1", "-c"], { input: large, maxBuffer: large.length }).stdout;
  it.each<[string, () => Uint8Array]>([
    ["zstd", () => compressFrame(large, 1)],
    ["xz", () => pack("xz")],
    ["bzip2", () => pack("bzip2")],
  ])("stops at the budget: %s", (_, compressed) => {
    const budget = { bytes: 4 << 20 };
    const programs = { xz: "/usr/bin/xz", bzip2: "/usr/bin/bzip2" };
    expect(findInside(Buffer.from(compressed()), finds, programs, budget)).toBe("unsearched");
    expect(budget.bytes).toBeLessThan(1 << 20);
  });

  it("reports formats without a decoder", () => {
    expect(findInside(bytes("\xfd7zXZ\0\0\x04"), finds, tools, { bytes: 1 << 20 })).toBe("unsearched");
    expect(findInside(bytes("7z\xbc\xaf\x27\x1c\0\x04"), finds, tools, { bytes: 1 << 20 })).toBe(
      "unsearched",
    );
  });
});
