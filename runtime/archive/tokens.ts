import { nixDigits } from "./nix-base32.ts";

/** What looks like a digest: the number of its bytes, and these in hexadecimal. */
export interface Token {
  offset: number;
  digest: string;
}

/** Bytes of the digests that are known by their length alone: MD5, SHA-1, SHA-224, -256, -384, -512. */
const lengths = [16, 20, 28, 32, 48, 64];
/** The shortest text of one: MD5 in base 64, without padding. */
const shortest = 22;
/** A token that ends in a piece of the stream begins at most so many bytes before it. */
export const longestToken = 160;

const [digit, upper, lower, sign] = [1, 2, 4, 8];
/** The kind of each byte; 0 for what is in no digest's text. */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9]/.test(char)) return digit;
  if (/[A-Z]/.test(char)) return upper;
  if (/[a-z]/.test(char)) return lower;
  return /[+/_-]/.test(char) ? sign : 0;
});

/**
 * Finds what may be the text of a digest: hexadecimal, base 64 (also URL-safe, also without padding), or Nix's base 32. The
 * search skips through the bytes as Boyer and Moore's does: a run of so many letters has one at every so many bytes.
 * @param isStart whether nothing stands in front of `bytes`
 * @param isEnd whether nothing follows: else a run at the end is left for the next piece
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
    if ((start > 0 || isStart) && (end < bytes.length || isEnd)) readRun(bytes, start, end, found);
    i = end + shortest;
  }
}

/** Where a byte that is in no digest stands among the `shortest` ones that end at `last`; -1 when there is none. */
function gapBefore(bytes: Uint8Array, last: number): number {
  for (let i = last; i > last - shortest; i -= 3) if (kinds[bytes[i]!] === 0) return i;
  for (let i = last - 1; i > last - shortest; i--) if (kinds[bytes[i]!] === 0) return i;
  return -1;
}

/** Longer runs are no digests. */
const longestRun = 512;

function readRun(bytes: Uint8Array, start: number, end: number, found: (token: Token) => void): void {
  if (end - start > longestRun) return;
  let seen = 0;
  for (let i = start; i < end; i++) seen |= kinds[bytes[i]!]!;
  // Names and paths.
  if ((seen & digit) === 0 && (seen & (upper | lower)) !== (upper | lower)) return;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  for (const { 0: word, index } of text.matchAll(/[0-9A-Za-z]{32,128}/g)) {
    const digest = fromHex(word) ?? fromNix(word);
    if (digest !== null) found({ offset: start + index, digest });
  }
  let padding = 0;
  while (padding < 2 && bytes[end + padding] === 0x3d) padding++;
  const base64 = fromBase64(text, padding);
  if (base64 !== null) found({ offset: start, digest: base64 });
}

function fromHex(word: string): string | null {
  return lengths.includes(word.length / 2) && /^[0-9a-fA-F]+$/.test(word) ? word.toLowerCase() : null;
}

function fromNix(word: string): string | null {
  return word.length === 52 ? (nixDigits(word)?.toString("hex") ?? null) : null;
}

function fromBase64(run: string, padding: number): string | null {
  const [, prefix, text] = /^(md5-|sha\d+-)?(.*)$/.exec(run)!;
  // Without padding or a name in front, names of files and functions are as long as the shorter ones.
  if (padding === 0 && prefix === undefined && text!.length < 43) return null;
  if (!/[A-Z]/.test(text!) || !/[a-z]/.test(text!)) return null;
  const bytes = Buffer.from(text!, "base64url");
  const whole = text!.length === Math.ceil((bytes.length * 4) / 3);
  return whole && lengths.includes(bytes.length) ? bytes.toString("hex") : null;
}
