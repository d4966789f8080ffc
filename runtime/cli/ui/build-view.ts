import type { Progress, Step } from "../../build/steps.ts";
import type { Watch } from "../../build/watch.ts";
import { withoutColours } from "../../nix/log.ts";
import { printable } from "../../util/bytes.ts";
import { formatDuration } from "../../util/time.ts";

/** Where a build is shown. */
export interface Screen {
  write(text: string): void;
  /** Null without a terminal: lines are then only added. */
  columns: () => number | null;
  colours: boolean;
}

/** To the left first: a terminal shows what is typed, ^C among it. */
const eraseBelow = "\r\x1b[J";

/**
 * Shows a build: what has happened in lines that stay, and on a terminal what is going on in some below them that are
 * drawn anew. Between two writes the cursor stands where the first of those begins, and a write erases, adds and draws
 * in one: a terminal drops what it has not shown yet when ^C is typed, and what comes after must not build on it.
 */
export class BuildView {
  readonly #screen: Screen;
  readonly #watch: Watch;
  readonly #logs: boolean;
  #isDrawn = false;

  /** @param logs whether the builders' lines are shown */
  constructor(screen: Screen, watch: Watch, logs: boolean) {
    this.#screen = screen;
    this.#watch = watch;
    this.#logs = logs;
  }

  /** Shows what has just happened. What leaves no line waits for the next drawing: builders may print fast. */
  show(steps: readonly Step[], now: number): void {
    const lines = steps.flatMap((step) => this.#lines(step));
    if (lines.length > 0) this.#write(lines, now);
  }

  /** Draws the lines that change, on a terminal; to be called again and again. */
  draw(now: number): void {
    this.#write([], now);
  }

  /** Takes away the lines that change. */
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
        // On a terminal it stands in the lines below.
        return this.#screen.columns() === null ? [`${named(step.build)}${printable(step.phase)} runs`] : [];
      case "begun":
        return this.#screen.columns() === null ? [`${named(step.build)}is built`] : [];
      case "ran":
        return [`${named(step.build)}${ranText(step)}`];
      case "said":
        return [`${named(step.build)}${printable(step.text)}`];
      case "log":
        return this.#logs ? [`${printable(step.build)}> ${this.#safe(step.text)}`] : [];
      case "nix":
        return step.text.split("\n").map((line) => this.#safe(line));
      case "tail":
        // They have been shown.
        if (this.#logs) return [];
        return [
          ...step.lines.map((line) => `  ${printable(step.build)}> ${this.#safe(line)}`),
          `  its log: nix-store --read-log ${step.drvPath}`,
        ];
    }
  }

  /** A line of Nix or of a builder: colours stay where they can be shown, and nothing else that a terminal obeys. */
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
