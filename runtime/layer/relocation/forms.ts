import type { ByteString } from "../../util/bytes.ts";
import { nixDigits } from "./nix-base32.ts";

/** A form of a hash in which it can't be relocated. */
export interface Form {
  /** What a class is called that it makes (see `FileClass`). */
  kind: string;
  /** At least seven bytes: what to search for. */
  bytes: ByteString;
  /** It counts only where no letter or digit stands beside it. */
  wholeWord?: true;
  /** It counts only near others of its family, of the same hash: see `Family`. */
  family?: { name: string; position: number };
}

/**
 * Short pieces of a hash, which a compiler's code has in its instructions. A few characters are found by accident, so as
 * many have to stand near each other, and follow each other in the hash.
 */
const families: Readonly<Record<string, { unit: number; needed: number }>> = {
  "UTF-16": { unit: 4, needed: 2 },
  "UTF-32": { unit: 4, needed: 2 },
  "UTF-32 pairs": { unit: 2, needed: 4 },
  "four bytes": { unit: 4, needed: 3 },
};
/** Bytes between the first and the last of them, at most. */
const nearness = 512;

/** UTF-16 (`zeros` is 1) or UTF-32 (3) of ASCII text, without the zeros at its ends: it is found in either byte order. */
export function wideForm(text: ByteString, zeros: 1 | 3): ByteString {
  return [...text].join("\0".repeat(zeros));
}

/** The forms of a hash that a search through everything finds; `hash` has 32 characters. */
export function formsOf(hash: ByteString): Form[] {
  return [
    ...base64Forms(hash),
    ...base32Forms(hash),
    ...hexForms(hash),
    ...otherForms(hash),
    ...wideForms(hash),
  ];
}

const chunk = 12;

/** Three pieces of each of the three alignments: a line may break in one of them. */
function base64Forms(hash: ByteString): Form[] {
  return [0, 1, 2].flatMap((skipped) => {
    const length = hash.length - skipped - ((hash.length - skipped) % 3);
    const text = Buffer.from(hash.slice(skipped, skipped + length), "latin1").toString("base64");
    const middle = (text.length - chunk) >> 1;
    return [0, middle, text.length - chunk].map((at) => ({
      kind: "as base64",
      bytes: text.slice(at, at + chunk),
    }));
  });
}

const base32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648's base 32: two pieces of each of the five alignments. */
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

/** Hexadecimal digits of the characters: without spaces, as dumps have them, and as source code does. */
function hexForms(hash: ByteString): Form[] {
  const codes = [...hash].map((char) => char.charCodeAt(0).toString(16));
  const join = (from: number, count: number, write: (codes: string[]) => string) =>
    write(codes.slice(from, from + count));
  const quarters = [0, 8, 16, 24].flatMap((from) => [
    join(from, 8, (part) => part.join("")),
    join(from, 8, (part) => part.join("").toUpperCase()),
  ]);
  // Lines of dumps and tables have at least twelve bytes: wherever they break, one of these stands in a line.
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
  // Wherever the pieces begin, two that follow each other are among these.
  const starts = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    ...runs("UTF-16", 4, starts, (text) => wideForm(text, 1)),
    ...runs("UTF-32", 4, starts, (text) => wideForm(text, 3)),
    ...runs("UTF-32 pairs", 2, [6, 7, 8, 9, 10, 11, 12, 13], (text) => `${wideForm(text, 3)}\0\0\0`),
  ];
}

/**
 * The ends of a hash with the beginning of the package's name, as UTF-16 and UTF-32 text has them: the last piece of such
 * a string may overlap the one before it.
 * @param partial as they stand in text of bytes (see snapshot/patterns.ts)
 */
export function widePartialHashes(partial: readonly ByteString[]): Form[] {
  const long = partial.filter((hash) => hash.indexOf("-") >= 2);
  return long.flatMap((hash) => [
    { kind: "pieces", bytes: wideForm(hash, 1) },
    { kind: "pieces", bytes: wideForm(hash.slice(0, 4), 3) },
  ]);
}

/** All runs of four characters, as the code of 32-bit objects has them: for these files alone. */
export function fourByteForms(hash: ByteString): Form[] {
  return Array.from({ length: hash.length - 3 }, (_, position) => ({
    kind: "pieces",
    bytes: hash.slice(position, position + 4),
    family: { name: "four bytes", position },
  }));
}

/** A form that was found: its number in the list, and where. */
export interface FormHit {
  offset: number;
  form: number;
}

/** Those hits of families, by offset, that have enough others of the same hash near them. */
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
    for (let i = first; i < group.length && group[i]!.offset - offset <= nearness; i++)
      positions.add(familyOf(group[i]!).position);
    return [...positions].some((start) =>
      Array.from({ length: needed }, (_, i) => start + i * unit).every((position) => positions.has(position)),
    );
  });
}
