import type { ByteString } from "../../util/bytes.ts";
import { boolean as flag, list as listOf, object } from "../../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";

/** Far above the size of any build's state, far below what would exhaust the runtime's memory. */
const maxEntries = 100_000;
const part = "a part of the stored shell state";
const maxTextLength = 64 * 1024 * 1024;

/** @throws PhaseCacheError `damaged`, always */
export function fail(what: string): never {
  throw damaged(`the stored shell state is damaged: ${what}`);
}

/** @throws PhaseCacheError `refused`, always */
export function refuse(what: string): never {
  throw new PhaseCacheError("refused", `the stored shell state is refused: it sets ${what}`);
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return object(value, part);
}

export function list(value: unknown): readonly unknown[] {
  return listOf(value, part, maxEntries);
}

/** Checks for bytes that bash can store: any byte except NUL. */
export function text(value: unknown): ByteString {
  if (typeof value !== "string" || value.length > maxTextLength || /[^\x01-\xff]/.test(value))
    fail("invalid byte string");
  return value;
}

export function boolean(value: unknown): boolean {
  return flag(value, part);
}
