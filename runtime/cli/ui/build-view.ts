import type { Progress, Step } from "../../build/steps.ts";
import type { Watch } from "../../build/watch.ts";
import { withoutColours } from "../../nix/log.ts";
import { printable } from "../../util/bytes.ts";
import { formatDuration } from "../../util/time.ts";

/** The terminal or file that shows a build. */
export interface Screen {
  write(text: string): void;
  /** Null without a terminal; the view then only appends lines. */
  columns: () => number | null;
  colours: boolean;
}

/** Starts with a carriage return, since a terminal echoes typed characters such as ^C. */
const eraseBelow = "\r\x1b[J";

/**
 * Shows a build: permanent lines for what has happened and, on a terminal, live lines below them for what is running.
 * Between two writes the cursor is at the start of the first live line, and each write erases, appends and draws at once:
 * a terminal discards pending output when ^C is typed, so that no write may depend on the previous one.
 */
export class BuildView {
  readonly #screen: Screen;
  readonly #watch: Watch;
  readonly #logs: boolean;
  #isDrawn = false;

  /** @param logs whether to show the builders' output */
  constructor(screen: Screen, watch: Watch, logs: boolean) {
    this.#screen = screen;
    this.#watch = watch;
    this.#logs = logs;
  }

  /** Shows new steps. Steps without a line wait for the next `draw`, since builders may print fast. */
  show(steps: readonly Step[], now: number): void {
    const lines = steps.flatMap((step) => this.#lines(step));
    if (lines.length > 0) this.#write(lines, now);
  }

  /** Draws the live lines on a terminal; to be called periodically. */
  draw(now: number): void {
    this.#write([], now);
  }

  /** Erases the live lines. */
  clear(): void {
    if (this.#isDrawn) this.#screen.write(eraseBelow);
    this.#isDrawn = false;
  }

  #write(lines: readonly string[], now: number): void {
    const text = lines.map((line) => `${line}\n`).join("");
    const columns = this.#screen.columns();
    if (columns === null) {
      if (text !== "") this.#screen.write(text);
      return;
    }
    const live = liveLines(this.#watch, now).map((line) => line.slice(0, Math.max(1, columns - 1)));
    if (text === "" && live.length === 0) {
      this.clear();
      return;
    }
    const up = live.length > 1 ? `\x1b[${live.length - 1}A` : "";
    this.#screen.write(`${eraseBelow}${text}${live.join("\n")}${up}${live.length > 0 ? "\r" : ""}`);
    this.#isDrawn = live.length > 0;
  }

  #lines(step: Step): string[] {
    switch (step.kind) {
      case "restored":
        return [`${named(step.build)}${printable(step.phase)} restored, ${formatDuration(step.saved)} saved`];
      case "running":
        // On a terminal, a live line shows it.
        return this.#screen.columns() === null
          ? [`${named(step.build)}running ${printable(step.phase)}`]
          : [];
      case "begun":
        return this.#screen.columns() === null ? [`${named(step.build)}building`] : [];
      case "ran":
        return [`${named(step.build)}${ranText(step)}`];
      case "said":
        return [`${named(step.build)}${printable(step.text)}`];
      case "log":
        return this.#logs ? [`${printable(step.build)}> ${this.#safe(step.text)}`] : [];
      case "nix":
        return step.text.split("\n").map((line) => this.#safe(line));
      case "tail":
        // Already shown.
        if (this.#logs) return [];
        return [
          ...step.lines.map((line) => `  ${printable(step.build)}> ${this.#safe(line)}`),
          `  full log: nix-store --read-log ${step.drvPath}`,
        ];
    }
  }

  /** Escapes a line of Nix or of a builder; keeps colours if the screen has them, and no other control sequences. */
  #safe(line: string): string {
    const text = line.replaceAll("\t", "    ");
    if (!this.#screen.colours) return printable(withoutColours(text));
    const parts = text.split(/(\x1b\[[0-9;]*m)/);
    const shown = parts.map((part, at) => (at % 2 === 1 ? part : printable(part))).join("");
    return parts.length > 1 ? `${shown}\x1b[0m` : shown;
  }
}

function ranText({ phase, took, size, failed }: Step & { kind: "ran" }): string {
  const saved = size === null ? "not saved" : `saved (${size})`;
  return `${printable(phase)} ${failed ? "failed after" : "ran"} ${formatDuration(took)}, ${saved}`;
}

const named = (build: string | null) => `${printable(build ?? "phasecache")}: `;

function liveLines(watch: Watch, now: number): string[] {
  const running = watch.running.slice(0, 4).map((progress) => liveLine(progress, now));
  const more = watch.running.length > 4 ? [`and ${watch.running.length - 4} more`] : [];
  const counts = [
    ["built", watch.count("builds")],
    ["copied", watch.count("copyPaths")],
  ] as const;
  const rest = counts
    .filter(([, { expected }]) => expected > 1)
    .map(([word, { done, expected }]) => `${done} of ${expected} ${word}`);
  return [...running, ...more, ...(rest.length > 0 ? [rest.join(", ")] : [])];
}

function liveLine({ name, phase, since, log }: Progress, now: number): string {
  const what = phase === null ? "…" : `${phase} ${formatDuration(now - since)}`;
  const line = withoutColours(log.at(-1) ?? "")
    .replaceAll("\t", " ")
    .trim();
  return printable(`${name}: ${what}${line === "" ? "" : `  ${line}`}`);
}
