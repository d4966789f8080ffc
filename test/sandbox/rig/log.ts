/** Nix's output during a build, parsed. */
export interface BuildLog {
  /** The builders' output and Nix's messages, in their order. */
  readonly text: string;
  /** phasecache's messages, without `phasecache: `. */
  readonly messages: string[];
  /** The phases that the derivation's builder announced. */
  readonly phases: string[];
}

// The numbers of activities and results in Nix's log format (src/libutil/logging.hh).
const activityBuild = 105;
const resultBuildLogLine = 101;
const resultSetPhase = 104;

interface Event {
  action: string;
  id?: number;
  type?: number;
  msg?: string;
  fields?: unknown[];
}

const colours = /\x1b\[[0-9;]*m/g;

/** Parses the standard error of a Nix command with `--log-format internal-json` that built `drvPath`. */
export function parseLog(stderr: string, drvPath: string): BuildLog {
  let activity: number | undefined;
  const lines: string[] = [];
  const messages: string[] = [];
  const phases: string[] = [];
  for (const line of stderr.split("\n")) {
    if (!line.startsWith("@nix ")) {
      if (line !== "") lines.push(line);
      continue;
    }
    const event = JSON.parse(line.slice("@nix ".length)) as Event;
    if (event.action === "msg" && event.msg !== undefined) {
      const text = event.msg.replace(colours, "");
      lines.push(text);
      if (text.startsWith("phasecache: ")) messages.push(text.slice("phasecache: ".length));
    } else if (event.action === "start" && event.type === activityBuild && event.fields?.[0] === drvPath) {
      activity = event.id;
    } else if (event.action === "result" && event.type === resultBuildLogLine) {
      lines.push(String(event.fields?.[0]));
    } else if (event.action === "result" && event.type === resultSetPhase && event.id === activity) {
      phases.push(String(event.fields?.[0]));
    }
  }
  return { text: lines.join("\n"), messages, phases };
}

/** Returns the phase through which a build was restored, according to its messages; null for none. */
export function restoredThrough(messages: readonly string[]): string | null {
  return messages.map((line) => /^restored \S+ through (\S+) in/.exec(line)?.[1]).find(Boolean) ?? null;
}
