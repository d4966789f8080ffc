import type { ByteString } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";

/** Far above what any build has, far below what would trouble the runtime. */
const mostEntries = 100_000;
const longestText = 64 * 1024 * 1024;

/** @throws always: PhaseCacheError `damaged` */
export function fail(what: string): never {
  throw new PhaseCacheError("damaged", `the stored shell state is damaged: ${what}`);
}

/** @throws always: PhaseCacheError `refused` */
export function refuse(what: string): never {
  throw new PhaseCacheError("refused", `the stored shell state is refused: it sets ${what}`);
}

export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail("no record");
  return value as Record<string, unknown>;
}

export function list(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length > mostEntries) fail("no list");
  return value;
}

/** Bytes that bash can hold: anything but NUL. */
export function text(value: unknown): ByteString {
  if (typeof value !== "string" || value.length > longestText || /[^\x01-\xff]/.test(value))
    fail("no byte string");
  return value;
}

export function boolean(value: unknown): boolean {
  return typeof value === "boolean" ? value : fail("no boolean");
}
