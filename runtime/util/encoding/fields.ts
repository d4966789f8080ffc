import { damaged } from "../error.ts";

/** Checks of values that came from the store. Each names the field that is wrong. */

export function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return value as Record<string, unknown>;
  }
  throw damaged(`${field} is not a map`);
}

export function list(value: unknown, field: string, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw damaged(`${field} is not a list of at most ${most} items`);
}

export function text(value: unknown, field: string, longest: number): string {
  if (typeof value === "string" && value.length <= longest) return value;
  throw damaged(`${field} is not a text of at most ${longest} characters`);
}

/** A whole number from 0 to `most`. */
export function whole(value: unknown, field: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw damaged(`${field} is not a whole number up to ${most}`);
}

/** Any number but infinity; a clock that was set back makes a duration negative. */
export function finite(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw damaged(`${field} is not a number`);
}

export function boolean(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw damaged(`${field} is neither true nor false`);
}

/** A value that `isValid` accepts. */
export function matching<T>(value: unknown, field: string, isValid: (value: unknown) => value is T): T {
  if (isValid(value)) return value;
  throw damaged(`${field} is not valid`);
}
