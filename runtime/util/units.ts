import { PhaseCacheError } from "./error.ts";

const sizes = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** Units of time, in milliseconds. */
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const ages = { s: second, min: minute, h: hour, d: day, w: 7 * day } as const;

/**
 * Parses a size (`500M`, `20G`, `1.5 GiB`, or a number of bytes) into bytes. K, M, G and T are powers of 1024.
 * @throws PhaseCacheError `usage` when `text` is not a size
 */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([KMGT]?)(?:(?<=[KMGT])iB)?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * sizes[(unit ?? "").toUpperCase() as keyof typeof sizes]);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new PhaseCacheError("usage", `${JSON.stringify(text)} is not a size`, {
    hint: "write 500M, 20G, or a number of bytes",
  });
}

/**
 * Parses an age (`30s`, `15min`, `12h`, `7d`, `2w`) into milliseconds.
 * @throws PhaseCacheError `usage` when `text` is not an age; `m` is refused, because it is ambiguous: minutes or months
 */
export function parseAge(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(s|min|h|d|w)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(number) * ages[unit as keyof typeof ages]);
  if (Number.isSafeInteger(milliseconds)) return milliseconds;
  const ambiguous = /^[\d.]+ ?m$/.test(text);
  const reason = ambiguous ? "may mean minutes or months" : "is not an age";
  const hint = ambiguous ? "write 15min, or 60d" : "write 30s, 15min, 12h, 7d or 2w";
  throw new PhaseCacheError("usage", `${JSON.stringify(text)} ${reason}`, { hint });
}

/** Returns the shortest text that `parseSize` parses as exactly `bytes`: `20G`, `1536M`, `1000`. */
export function sizeText(bytes: number): string {
  return shortest(bytes, sizes);
}

/** Returns the shortest text that `parseAge` parses as `milliseconds`, rounded up to a second: `30d`, `90min`. */
export function ageText(milliseconds: number): string {
  return shortest(Math.ceil(milliseconds / 1000) * 1000, ages);
}

function shortest(value: number, units: Readonly<Record<string, number>>): string {
  const exact = Object.entries(units).filter(([, factor]) => value >= factor && value % factor === 0);
  const [unit, factor] = exact.at(-1) ?? Object.entries(units)[0]!;
  return `${value / factor}${unit}`;
}
