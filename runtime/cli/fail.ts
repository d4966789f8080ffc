import { printable } from "../util/bytes.ts";
import { type ErrorCode, PhaseCacheError } from "../util/error.ts";

/** Exit statuses that are not 1. */
const statuses: Partial<Record<ErrorCode, number>> = { usage: 2, "no-store": 10 };

/** Says what went wrong, on standard error, and gives the exit status. */
export function fail(error: unknown, json: boolean): number {
  const code = error instanceof PhaseCacheError ? error.code : "failed";
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof PhaseCacheError ? error.hint : undefined;
  if (json) process.stderr.write(`${JSON.stringify({ schema: 1, error: { code, message, hint } })}\n`);
  else
    process.stderr.write(
      `phasecache: ${printable(message)}\n${hint === undefined ? "" : `  ${printable(hint)}\n`}`,
    );
  return error instanceof PhaseCacheError ? (statuses[error.code] ?? 1) : 1;
}
