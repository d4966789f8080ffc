/** An event of Nix's `--log-format internal-json`, without the fields that differ between versions. */
export type LogEvent =
  | { action: "msg"; level: number; msg: string }
  | { action: "start"; id: number; type: number; text: string; fields: readonly unknown[] }
  | { action: "stop"; id: number }
  | { action: "result"; id: number; type: number; fields: readonly unknown[] };

/** Nix's numbers for types of activities and results (src/libutil/logging.hh). */
export const activities = { copyPaths: 103, builds: 104, build: 105 } as const;
export const results = { buildLogLine: 101, setPhase: 104, progress: 105 } as const;

const prefix = "@nix ";

/** Parses a line of Nix's standard error. Returns null when the line is not an event: other programs print there, too. */
export function parseLogLine(line: string): LogEvent | null {
  if (!line.startsWith(prefix)) return null;
  let event: Readonly<Record<string, unknown>>;
  try {
    event = JSON.parse(line.slice(prefix.length));
  } catch {
    return null;
  }
  const { action, id, type, level, msg, text } = event;
  const fields = Array.isArray(event.fields) ? event.fields : [];
  if (action === "msg" && typeof msg === "string") return { action, level: Number(level), msg };
  if (typeof id !== "number") return null;
  if (action === "stop") return { action, id };
  if (typeof type !== "number") return null;
  if (action === "start") return { action, id, type, text: String(text ?? ""), fields };
  return action === "result" ? { action, id, type, fields } : null;
}

/** Removes the colours from a message of Nix. */
export function withoutColours(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
