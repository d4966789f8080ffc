/** A time as seconds since the epoch, rounded down, and the remaining nanoseconds. */
export interface SplitTime {
  seconds: number;
  nanoseconds: number;
}

/** @param time nanoseconds since the epoch, in decimal */
export function splitTime(time: string): SplitTime {
  if (!time.startsWith("-")) {
    return { seconds: Number(time.slice(0, -9)), nanoseconds: Number(time.slice(-9)) };
  }
  const nanoseconds = ((BigInt(time) % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {
    seconds: Number((BigInt(time) - nanoseconds) / 1_000_000_000n),
    nanoseconds: Number(nanoseconds),
  };
}

/** The inverse of `splitTime`. */
export function joinTime(seconds: number, nanoseconds: number): string {
  if (seconds > 0) return `${seconds}${String(nanoseconds).padStart(9, "0")}`;
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}

/**
 * Parses a pax `mtime` into nanoseconds (POSIX pax, "pax Extended Header File Times": decimal seconds, with an optional
 * fraction and minus sign). Returns null for anything else. Digits beyond nanoseconds are cut off.
 */
export function parsePaxTime(text: string): string | null {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = ""] = match;
  const digits = `${whole}${fraction.slice(0, 9).padEnd(9, "0")}`.replace(/^0+(?=\d)/, "");
  return digits === "0" ? "0" : `${sign}${digits}`;
}

/** The inverse of `parsePaxTime`. */
export function formatPaxTime(time: string): string {
  const negative = time.startsWith("-");
  const digits = time.slice(negative ? 1 : 0).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${negative ? "-" : ""}${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}`;
}
