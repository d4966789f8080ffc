import { nixDigits } from "./nix-base32.ts";

/** A text that looks like a digest, and the digest in hexadecimal. */
export interface Token {
  offset: number;
  digest: string;
}

/** Lengths by which digests are recognised, in bytes: MD5, SHA-1, SHA-224, -256, -384, -512. */
const lengths = [16, 20, 28, 32, 48, 64];
/** Characters of the shortest text of a digest: MD5 in hexadecimal. `sha1-` and SHA-1 in base 64 are equally long. */
const shortest = 32;
/** Maximum length of a token, in bytes: how far it may begin before the piece of the stream that it ends in. */
export const longestToken = 160;

/** Longer runs of digest characters are not digests. */
const longestRun = 512;

const [digit, upper, lower, sign] = [1, 2, 4, 8];
/** The kind of each byte; 0 for characters that occur in no digest's text. */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9]/.test(char)) return digit;
  if (/[A-Z]/.test(char)) return upper;
  if (/[a-z]/.test(char)) return lower;
  return /[+/_-]/.test(char) ? sign : 0;
});

/**
 * Finds possible texts of digests: hexadecimal, base 64 (also URL-safe, also without padding), or Nix's base 32.
 * Skips bytes as the Boyer-Moore search does: a run of at least `shortest` characters has one at every multiple of
 * `shortest`.
 * @param isStart whether nothing precedes `bytes`
 * @param isEnd whether nothing follows `bytes`; otherwise a run at the end is left for the next piece
 */
export function findTokens(
  bytes: Uint8Array,
  isStart: boolean,
  isEnd: boolean,
  found: (token: Token) => void,
): void {
  for (let i = shortest - 1; i < bytes.length; ) {
    const gap = gapBefore(bytes, i);
    if (gap >= 0) {
      i = gap + shortest;
      continue;
    }
    let start = i - shortest + 1;
    while (start > 0 && kinds[bytes[start - 1]!] !== 0) start--;
    let end = i + 1;
    while (end < bytes.length && kinds[bytes[end]!] !== 0) end++;
    if (end - start <= longestRun && (start > 0 || isStart) && (end < bytes.length || isEnd))
      readRun(bytes, start, end, found);
    i = end + shortest;
  }
}

/** Returns the offset of a byte of kind 0 among the `shortest` bytes that end at `last`; -1 if there is none. */
function gapBefore(bytes: Uint8Array, last: number): number {
  // Every fourth byte first: most words are short, so that this finds a gap sooner.
  for (let i = last; i > last - shortest; i -= 4) if (kinds[bytes[i]!] === 0) return i;
  for (let i = last - 1; i > last - shortest; i--) if (kinds[bytes[i]!] === 0) return i;
  return -1;
}

const hexadecimal = Uint8Array.from({ length: 256 }, (_, code) =>
  /[0-9A-Fa-f]/.test(String.fromCharCode(code)) ? 1 : 0,
);
/** Lengths of digests in hexadecimal, in characters. */
const hexLengths = new Set(lengths.map((length) => 2 * length));
/** Length of 32 bytes in Nix's base 32, in characters. */
const nixLength = 52;
/** Lengths of digests in base 64 without padding, in characters; also with the algorithm and a dash in front. */
const base64Lengths = new Set(
  lengths.flatMap((length) => {
    const text = Math.ceil((length * 4) / 3);
    return [text, text + "sha1-".length, text + "sha256-".length];
  }),
);

function readRun(bytes: Uint8Array, start: number, end: number, found: (token: Token) => void): void {
  let [word, isHex, seen] = [start, 1, 0];
  for (let i = start; i <= end; i++) {
    const kind = i === end ? sign : kinds[bytes[i]!]!;
    seen |= kind;
    if (kind !== sign) {
      isHex &= hexadecimal[bytes[i]!]!;
      continue;
    }
    const length = i - word;
    if (isHex === 1 && hexLengths.has(length))
      found({ offset: word, digest: textOf(bytes, word, i).toLowerCase() });
    else if (length === nixLength) {
      const digest = nixDigits(textOf(bytes, word, i));
      if (digest !== null) found({ offset: word, digest: digest.toString("hex") });
    }
    [word, isHex] = [i + 1, 1];
  }
  const mixed = upper | lower | digit;
  if ((seen & mixed) !== mixed || !base64Lengths.has(end - start)) return;
  const digest = fromBase64(textOf(bytes, start, end), bytes[end] === 0x3d);
  if (digest !== null) found({ offset: start, digest });
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}

function fromBase64(run: string, isPadded: boolean): string | null {
  const [, prefix, text] = /^(sha\d+-)?(.*)$/.exec(run)!;
  // Without padding or an algorithm, the shorter lengths also match names of files and functions.
  if (!isPadded && prefix === undefined && text!.length < 43) return null;
  const bytes = Buffer.from(text!, "base64url");
  const whole = text!.length === Math.ceil((bytes.length * 4) / 3);
  return whole && lengths.includes(bytes.length) ? bytes.toString("hex") : null;
}
