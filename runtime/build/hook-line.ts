import { parseDuration } from "../util/time.ts";

/** A line of the hook, read back; durations in milliseconds. `runtime/phase` writes them. */
export type HookLine = { text: string } & (
  | { kind: "restored"; name: string; saved: number }
  | { kind: "restored-phase"; phase: string; saved: number }
  | { kind: "saved"; phase: string; failed: boolean; size: string; took: number }
  | { kind: "words" }
);

const prefix = "phasecache: ";

/** Reads one line; null when it is not the hook's. */
export function parseHookLine(line: string): HookLine | null {
  if (!line.startsWith(prefix)) return null;
  const text = line.slice(prefix.length);
  const [, name, gain] = /^restored (\S+) through \S+ in .+, (.+) saved$/.exec(text) ?? [];
  if (name !== undefined) return { kind: "restored", text, name, saved: parseDuration(gain!) };
  const [, phase, spared] = /^(\S+) restored, (.+) saved$/.exec(text) ?? [];
  if (phase !== undefined) return { kind: "restored-phase", text, phase, saved: parseDuration(spared!) };
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
