import { damaged } from "../error.ts";

/** Checks of decoded values from an untrusted writer. Each throws `damaged` with the name of the wrong field. */

export function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return value as Record<string, unknown>;
  }
  throw damaged(`${field} is not a map`);
}

export function list(value: unknown, field: string, maxLength: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= maxLength) return value;
  throw damaged(`${field} is not a list of at most ${maxLength} items`);
}

export function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value === "string" && value.length <= maxLength) return value;
  throw damaged(`${field} is not a text of at most ${maxLength} characters`);
}

/** Checks for a whole number from 0 to `max`. */
export function whole(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw damaged(`${field} is not a whole number from 0 to ${max}`);
}

/** Checks for a finite number, negative ones included: a clock that was set back makes a duration negative. */
export function finite(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw damaged(`${field} is not a number`);
}

export function boolean(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw damaged(`${field} is neither true nor false`);
}

/** Checks a value with `isValid`. */
export function matching<T>(value: unknown, field: string, isValid: (value: unknown) => value is T): T {
  if (isValid(value)) return value;
  throw damaged(`${field} is not valid`);
}
