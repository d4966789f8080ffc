/** What went wrong, for programs: one word that stays the same when the message is reworded. */
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

/** An expected failure. `message` names the thing, `hint` says how to mend it. */
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

/** For contents that are not what this program writes. `message` begins with the thing. */
export function damaged(message: string, cause?: unknown): PhaseCacheError {
  return new PhaseCacheError("damaged", message, { cause });
}

/** The `code` of a system error (`ENOENT`), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** For a `switch` over a union: reaching it is a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
