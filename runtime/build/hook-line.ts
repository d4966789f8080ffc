import { parseDuration } from "../util/time.ts";

/** A parsed line of the hook, which `runtime/phase` writes; durations are milliseconds. */
export type HookLine = { text: string } & (
  | { kind: "restored"; name: string; saved: number }
  | { kind: "restored-phase"; phase: string; saved: number }
  | { kind: "saved"; phase: string; failed: boolean; size: string; took: number }
  | { kind: "words" }
);

const prefix = "phasecache: ";

/** Parses one line; null if it is not the hook's. */
export function parseHookLine(line: string): HookLine | null {
  if (!line.startsWith(prefix)) return null;
  const text = line.slice(prefix.length);
  const [, name, gain] = /^restored (\S+) through \S+ in .+, (.+) saved$/.exec(text) ?? [];
  if (name !== undefined) return { kind: "restored", text, name, saved: parseDuration(gain!) };
  const [, phase, gained] = /^(\S+) restored, (.+) saved$/.exec(text) ?? [];
  if (phase !== undefined) return { kind: "restored-phase", text, phase, saved: parseDuration(gained!) };
  const [, failed, done, size, took] = /^saved (the failed )?(\S+): (.+) in (.+)$/.exec(text) ?? [];
  if (done === undefined) return { kind: "words", text };
  return {
    kind: "saved",
    text,
    phase: done,
    failed: failed !== undefined,
    size: size!,
    took: parseDuration(took!),
  };
}
