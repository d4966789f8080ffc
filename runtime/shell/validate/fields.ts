import type { ByteString } from "../../util/bytes.ts";
import { boolean as flag, list as listOf, object } from "../../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";

/** Far above what any build has, far below what would trouble the runtime. */
const mostEntries = 100_000;
const part = "a part of the stored shell state";
const longestText = 64 * 1024 * 1024;

/** @throws always: PhaseCacheError `damaged` */
export function fail(what: string): never {
  throw damaged(`the stored shell state is damaged: ${what}`);
}

/** @throws always: PhaseCacheError `refused` */
export function refuse(what: string): never {
  throw new PhaseCacheError("refused", `the stored shell state is refused: it sets ${what}`);
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return object(value, part);
}

export function list(value: unknown): readonly unknown[] {
  return listOf(value, part, mostEntries);
}

/** Bytes that bash can hold: anything but NUL. */
export function text(value: unknown): ByteString {
  if (typeof value !== "string" || value.length > longestText || /[^\x01-\xff]/.test(value))
    fail("no byte string");
  return value;
}

export function boolean(value: unknown): boolean {
  return flag(value, part);
}
