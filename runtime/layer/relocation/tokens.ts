import { nixDigits } from "./nix-base32.ts";

/** What looks like a digest: the number of its bytes, and these in hexadecimal. */
export interface Token {
  offset: number;
  digest: string;
}

/** Bytes of the digests that are known by their length alone: MD5, SHA-1, SHA-224, -256, -384, -512. */
const lengths = [16, 20, 28, 32, 48, 64];
/** The shortest text that is looked for: MD5 in hexadecimal. `sha1-` and SHA-1 in base 64 are as long. */
const shortest = 32;
/** A token that ends in a piece of the stream begins at most so many bytes before it. */
export const longestToken = 160;

/** Longer runs are no digests. */
const longestRun = 512;

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
    if (end - start <= longestRun && (start > 0 || isStart) && (end < bytes.length || isEnd))
      readRun(bytes, start, end, found);
    i = end + shortest;
  }
}

/** Where a byte that is in no digest stands among the `shortest` ones that end at `last`; -1 when there is none. */
function gapBefore(bytes: Uint8Array, last: number): number {
  // Words are short: a few bytes apart one finds their ends.
  for (let i = last; i > last - shortest; i -= 4) if (kinds[bytes[i]!] === 0) return i;
  for (let i = last - 1; i > last - shortest; i--) if (kinds[bytes[i]!] === 0) return i;
  return -1;
}

const hexadecimal = Uint8Array.from({ length: 256 }, (_, code) =>
  /[0-9A-Fa-f]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const ofHex = new Set(lengths.map((length) => 2 * length));
/** Characters of 32 bytes in Nix's base 32. */
const ofNix = 52;
/** Characters of the digests in base 64 without padding, and of these with a name and a dash in front. */
const ofBase64 = new Set(
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
    if (isHex === 1 && ofHex.has(length))
      found({ offset: word, digest: textOf(bytes, word, i).toLowerCase() });
    else if (length === ofNix) {
      const digest = nixDigits(textOf(bytes, word, i));
      if (digest !== null) found({ offset: word, digest: digest.toString("hex") });
    }
    [word, isHex] = [i + 1, 1];
  }
  const mixed = upper | lower | digit;
  if ((seen & mixed) !== mixed || !ofBase64.has(end - start)) return;
  const digest = fromBase64(textOf(bytes, start, end), bytes[end] === 0x3d);
  if (digest !== null) found({ offset: start, digest });
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}

function fromBase64(run: string, isPadded: boolean): string | null {
  const [, prefix, text] = /^(sha\d+-)?(.*)$/.exec(run)!;
  // Without padding or a name in front, names of files and functions are as long as the shorter ones.
  if (!isPadded && prefix === undefined && text!.length < 43) return null;
  const bytes = Buffer.from(text!, "base64url");
  const whole = text!.length === Math.ceil((bytes.length * 4) / 3);
  return whole && lengths.includes(bytes.length) ? bytes.toString("hex") : null;
}
