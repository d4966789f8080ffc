/** The kind of an error, for programs. It stays the same when the message is reworded. */
export type ErrorCode =
  | "usage"
  | "no-store"
  | "store-unusable"
  | "newer-format"
  | "not-found"
  | "damaged"
  | "refused"
  | "unsupported"
  | "tool-failed"
  | "conflict";

/** An expected failure. `message` names the thing that failed, `hint` the remedy. */
export class PhaseCacheError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "PhaseCacheError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** Creates the error for data that phasecache can't have written. `message` starts with the name of the data. */
export function damaged(message: string, cause?: unknown): PhaseCacheError {
  return new PhaseCacheError("damaged", message, { cause });
}

/** Returns the `code` of a system error (`ENOENT`), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Marks the `default` of an exhaustive `switch` over a union: a missing case is a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
