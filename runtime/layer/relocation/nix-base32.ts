/** The digits of Nix's base 32: letters without e, o, t, u. */
const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";

/** Decodes Nix's base 32, whose first digit is the most significant one; null for other text. */
export function nixDigits(text: string): Buffer | null {
  const size = Math.floor((text.length * 5) / 8);
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < text.length; i++) {
    const digit = alphabet.indexOf(text[text.length - 1 - i]!);
    if (digit < 0) return null;
    const [at, shift] = [(i * 5) >> 3, (i * 5) & 7];
    if (at < size) bytes[at] = bytes[at]! | ((digit << shift) & 255);
    const carry = digit >> (8 - shift);
    if (at + 1 < size) bytes[at + 1] = bytes[at + 1]! | carry;
    else if (carry > 0) return null;
  }
  return bytes;
}
