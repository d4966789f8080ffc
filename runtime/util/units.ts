import { PhaseCacheError } from "./error.ts";

const sizes = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** Milliseconds. */
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const ages = { s: second, min: minute, h: hour, d: day, w: 7 * day } as const;

/**
 * Bytes of `500M`, `20G`, `1.5 GiB`, or a bare number of bytes. K, M, G and T are powers of 1024.
 * @throws PhaseCacheError `usage` when it is not a size
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
 * Milliseconds of `30s`, `15min`, `12h`, `7d` or `2w`.
 * @throws PhaseCacheError `usage` when it is not an age; `m` is none, being minutes to some and months to others
 */
export function parseAge(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(s|min|h|d|w)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(number) * ages[unit as keyof typeof ages]);
  if (Number.isSafeInteger(milliseconds)) return milliseconds;
  const doubtful = /^[\d.]+ ?m$/.test(text);
  const reason = doubtful ? "may mean minutes or months" : "is not an age";
  const hint = doubtful ? "write 15min, or 60d" : "write 30s, 15min, 12h, 7d or 2w";
  throw new PhaseCacheError("usage", `${JSON.stringify(text)} ${reason}`, { hint });
}

/** The shortest text that `parseSize` reads as exactly `bytes`: `20G`, `1536M`, `1000`. */
export function sizeText(bytes: number): string {
  return shortest(bytes, sizes);
}

/** The shortest text that `parseAge` reads as `milliseconds`, to the second: `30d`, `90min`. */
export function ageText(milliseconds: number): string {
  return shortest(Math.ceil(milliseconds / 1000) * 1000, ages);
}

function shortest(value: number, units: Readonly<Record<string, number>>): string {
  const whole = Object.entries(units).filter(([, factor]) => value >= factor && value % factor === 0);
  const [unit, factor] = whole.at(-1) ?? Object.entries(units)[0]!;
  return `${value / factor}${unit}`;
}
