import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { hashLength } from "../../util/store-path.ts";
import { digestsOfText, digestTexts, textLengths } from "./digests.ts";
import { nixDigits } from "./nix-base32.ts";
import { partialHashLength } from "./partial-hash.ts";

/** A form of a hash that can't be relocated. */
export interface Form {
  /** The kind of a file's class if the file holds this form (see `FileClass`). */
  kind: string;
  /** The bytes to search for: at least seven, except for `fourBytes`. */
  bytes: ByteString;
  /** Set if a hit counts only without a letter or digit next to it. */
  wholeWord?: true;
  /** Set if a hit counts only near others of its family and hash (see `families`). `position` is that in the hash. */
  family?: { name: string; position: number };
}

/**
 * Families of short pieces of a hash, as compilers write them into instructions. Pieces of a few characters also
 * occur by chance, so `needed` pieces must be close together and consecutive in the hash, `unit` characters apart.
 */
const families: Readonly<Record<string, { unit: number; needed: number }>> = {
  "UTF-16": { unit: 4, needed: 2 },
  "UTF-32": { unit: 4, needed: 2 },
  "UTF-32 pairs": { unit: 2, needed: 4 },
  "four bytes": { unit: 4, needed: 3 },
};
/** Maximum distance between the first and the last piece, in bytes. */
const maxDistance = 512;

/**
 * Encodes ASCII text as UTF-16 (`zeros` is 1) or UTF-32 (3), without the zeros at its ends, so that a search finds it
 * in either byte order.
 */
export function wideForm(text: ByteString, zeros: 1 | 3): ByteString {
  return [...text].join("\0".repeat(zeros));
}

/** Returns the forms to search for in all files. `hash` has 32 characters. */
export function formsOf(hash: ByteString): Form[] {
  return [
    ...base64Forms(hash),
    ...base32Forms(hash),
    ...hexForms(hash),
    ...otherForms(hash),
    ...wideForms(hash),
  ];
}

/** Characters of a piece of base64. */
const pieceLength = 12;

/** Returns three pieces for each of the three alignments, since a line may break within one of them. */
function base64Forms(hash: ByteString): Form[] {
  return [0, 1, 2].flatMap((skipped) => {
    const length = hash.length - skipped - ((hash.length - skipped) % 3);
    const text = Buffer.from(hash.slice(skipped, skipped + length), "latin1").toString("base64");
    const middle = (text.length - pieceLength) >> 1;
    return [0, middle, text.length - pieceLength].map((at) => ({
      kind: "as base64",
      bytes: text.slice(at, at + pieceLength),
    }));
  });
}

const base32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Returns two pieces for each of the five alignments of base 32 (RFC 4648). */
function base32Forms(hash: ByteString): Form[] {
  return [0, 1, 2, 3, 4].flatMap((skipped) => {
    const count = Math.floor((hash.length - skipped) / 5) * 5;
    const bits = [...hash.slice(skipped, skipped + count)]
      .map((char) => char.charCodeAt(0).toString(2).padStart(8, "0"))
      .join("");
    const text = bits.replace(/.{5}/g, (five) => base32Digits[Number.parseInt(five, 2)]!);
    return [text.slice(0, 16), text.slice(-16)].map((bytes) => ({ kind: "as base32", bytes }));
  });
}

/** Returns the characters' codes in hexadecimal: without spaces, as in dumps, and as in source code. */
function hexForms(hash: ByteString): Form[] {
  const codes = [...hash].map((char) => char.charCodeAt(0).toString(16));
  const join = (from: number, count: number, write: (codes: string[]) => string) =>
    write(codes.slice(from, from + count));
  const quarters = [0, 8, 16, 24].flatMap((from) => [
    join(from, 8, (part) => part.join("")),
    join(from, 8, (part) => part.join("").toUpperCase()),
  ]);
  // Lines of dumps and tables have at least twelve bytes: wherever they break, one of these pieces is within a line.
  const tables = [0, 6, 12, 18, 24].flatMap((from) => [
    join(from, 6, (part) => part.map((code) => `0x${code}`).join(", ")),
    join(from, 6, (part) => part.map((code) => `0x${code}`).join(",")),
    join(from, 6, (part) => part.map((code) => `\\x${code}`).join("")),
    join(from, 6, (part) => part.join(" ")),
  ]);
  const dumps = [0, 1, 8, 9, 16, 17, 24].map((from) =>
    join(from, 8, (part) => part.join("").replace(/....(?=.)/g, "$& ")),
  );
  return [...quarters, ...tables, ...dumps].map((bytes) => ({ kind: "as hexadecimal", bytes }));
}

function otherForms(hash: ByteString): Form[] {
  const upper = hash.toUpperCase();
  const digits = nixDigits(hash);
  const runs = Array.from({ length: hash.length - 7 }, (_, from) => hash.slice(from, from + 8));
  return [
    ...runs.map((bytes) => ({ kind: "pieces", bytes })),
    ...(upper === hash ? [] : [{ kind: "as upper case", bytes: upper }]),
    { kind: "as reversed text", bytes: [...hash].reverse().join("") },
    ...(digits === null ? [] : [{ kind: "as hexadecimal", bytes: digits.toString("hex") }]),
    { kind: "pieces", bytes: hash.slice(0, 7), wholeWord: true },
  ];
}

function wideForms(hash: ByteString): Form[] {
  const runs = (name: string, length: number, starts: readonly number[], write: (text: string) => string) =>
    starts.map((position) => ({
      kind: "pieces",
      bytes: write(hash.slice(position, position + length)),
      family: { name, position },
    }));
  // Wherever the pieces of a string begin, two consecutive ones are among these.
  const starts = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    ...runs("UTF-16", 4, starts, (text) => wideForm(text, 1)),
    ...runs("UTF-32", 4, starts, (text) => wideForm(text, 3)),
    ...runs("UTF-32 pairs", 2, [6, 7, 8, 9, 10, 11, 12, 13], (text) => `${wideForm(text, 3)}\0\0\0`),
  ];
}

/**
 * Encodes partial hashes (the end of a hash with the beginning of the package's name) as UTF-16 and UTF-32: the last
 * piece of such a string may overlap the previous one.
 * @param partial as single-byte text (see snapshot/patterns.ts)
 */
function widePartialHashes(partial: readonly ByteString[]): Form[] {
  const long = partial.filter((hash) => hash.indexOf("-") >= 2);
  return long.flatMap((hash) => [
    { kind: "pieces", bytes: wideForm(hash, 1) },
    { kind: "pieces", bytes: wideForm(hash.slice(0, 4), 3) },
  ]);
}

/** Returns all pieces of four characters, as the code of 32-bit objects has them; for these files only. */
export function fourByteForms(hash: ByteString): Form[] {
  return Array.from({ length: hash.length - 3 }, (_, position) => ({
    kind: "pieces",
    bytes: hash.slice(position, position + 4),
    family: { name: "four bytes", position },
  }));
}

/** Other forms of the patterns' hashes to search for. `hash` is the number of the hash. */
export interface ForeignForms {
  /** For all files. */
  forms: { hash: number; form: Form }[];
  /** For 32-bit objects only. */
  fourBytes: { hash: number; form: Form }[];
  /** For packed data: the hashes as they are, and as UTF-16 and UTF-32. */
  plain: ByteString[];
}

/** The name of the section that refers to a separate file with debug information (see checksum-references.ts). */
export const debugLink: Form = { kind: "signature", bytes: ".gnu_debuglink" };

function digestForms(path: ByteString): Form[] {
  const texts = digestsOfText(path, textLengths).flatMap(digestTexts);
  return texts.map((bytes) => ({ kind: "digest", bytes }));
}

/** Returns the complete hashes among a build's patterns. */
function hashesIn(patterns: readonly Uint8Array[]): ByteString[] {
  return patterns.map(fromBytes).filter((text) => text.length === hashLength && !text.includes("-"));
}

/**
 * Returns the forms to search for, for all hashes among the patterns.
 * @param outputPaths paths whose digests are searched for as well
 */
export function foreignForms(
  patterns: readonly Uint8Array[],
  outputPaths: readonly ByteString[],
): ForeignForms {
  const hashes = hashesIn(patterns);
  const partial = patterns.filter((pattern) => partialHashLength(pattern) > 0).map(fromBytes);
  const numbered = (make: (hash: ByteString) => Form[]) =>
    hashes.flatMap((text, hash) => make(text).map((form) => ({ hash, form })));
  return {
    forms: [
      ...numbered(formsOf),
      ...[...widePartialHashes(partial), ...outputPaths.flatMap(digestForms)].map((form) => ({
        hash: 0,
        form,
      })),
    ],
    fourBytes: numbered(fourByteForms),
    plain: hashes.flatMap((hash) => [hash, wideForm(hash, 1), wideForm(hash, 3)]),
  };
}

/** An occurrence of a form; `form` is its number in the list. */
export interface FormHit {
  offset: number;
  form: number;
}

/** Returns the hits of families, given by offset, that have enough others of the same hash near them. */
export function confirmFamilies(
  hits: readonly FormHit[],
  forms: readonly { hash: number; form: Form }[],
): FormHit[] {
  const groups = new Map<string, FormHit[]>();
  for (const hit of hits) {
    const { hash, form } = forms[hit.form]!;
    const { unit } = families[form.family!.name]!;
    const name = `${hash} ${form.family!.name} ${form.family!.position % unit}`;
    groups.set(name, [...(groups.get(name) ?? []), hit]);
  }
  return [...groups.values()].flatMap((group) => confirm(group, forms));
}

function confirm(group: readonly FormHit[], forms: readonly { form: Form }[]): FormHit[] {
  const familyOf = ({ form }: FormHit) => forms[form]!.form.family!;
  const { unit, needed } = families[familyOf(group[0]!).name]!;
  return group.filter(({ offset }, first) => {
    const positions = new Set<number>();
    for (let i = first; i < group.length && group[i]!.offset - offset <= maxDistance; i++)
      positions.add(familyOf(group[i]!).position);
    return [...positions].some((start) =>
      Array.from({ length: needed }, (_, i) => start + i * unit).every((position) => positions.has(position)),
    );
  });
}
