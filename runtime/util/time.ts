import { hour, minute, second } from "./units.ts";

/** Formats a duration: `0.4 s`, `12.3 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const unitsOfDuration = { s: second, min: minute, h: hour } as const;

/** Parses the output of `formatDuration` into milliseconds. Returns 0 for any other text. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/([\d.]+) (s|min|h)\b/g)];
  return parts.reduce(
    (sum, [, value, unit]) => sum + Number(value) * unitsOfDuration[unit as "s" | "min" | "h"],
    0,
  );
}
