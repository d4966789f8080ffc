import { printable } from "../util/bytes.ts";
import { type ErrorCode, PhaseCacheError } from "../util/error.ts";
import { detail, documentText, paint } from "./ui/output.ts";

/** Exit statuses that are not 1. */
const statuses: Partial<Record<ErrorCode, number>> = { usage: 2, "no-store": 10 };

/** Prints an error on standard error, and returns the exit status. */
export function fail(error: unknown, json: boolean): number {
  const code = error instanceof PhaseCacheError ? error.code : "failed";
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof PhaseCacheError ? error.hint : undefined;
  const { stderr } = process;
  if (json) stderr.write(`${documentText({ error: { code, message, hint } })}\n`);
  else {
    stderr.write(`${paint("red", "phasecache:", stderr)} ${printable(message)}\n`);
    for (const line of hint?.split("\n") ?? []) stderr.write(`  ${printable(line)}\n`);
  }
  for (const cause of causesOf(error)) detail(`caused by: ${printable(cause)}`);
  return error instanceof PhaseCacheError ? (statuses[error.code] ?? 1) : 1;
}

function causesOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.cause === undefined) return [];
  const { cause } = error;
  return [cause instanceof Error ? cause.message : String(cause), ...causesOf(cause)];
}
