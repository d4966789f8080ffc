/** Something that happened in a build; durations are milliseconds. */
export type Step =
  | { kind: "restored"; build: string; phase: string; saved: number }
  | { kind: "running"; build: string; phase: string }
  | { kind: "ran"; build: string; phase: string; took: number; size: string | null; failed: boolean }
  | { kind: "begun"; build: string }
  | { kind: "said"; build: string | null; text: string }
  | { kind: "log"; build: string; text: string }
  | { kind: "nix"; text: string }
  /** The end of a failed build's log, after the message of Nix that names the build. */
  | { kind: "tail"; build: string; drvPath: string; lines: readonly string[] };

/** A derivation that is being built. */
export interface Progress {
  name: string;
  /** False for a dependency of a target. */
  isTarget: boolean;
  phase: string | null;
  /** The phase that was saved last, if none has begun since. */
  ended: string | null;
  /** The start time of the phase, or of what follows the saved one. */
  since: number;
  /** The builder's last lines. */
  log: string[];
}

/** Progress of Nix's other activities: `done` of `expected`. */
export interface Count {
  done: number;
  expected: number;
}

/** Returns the step that ends a target's current phase, if there is one; `end` is a time like `since`. */
export function endPhase(
  progress: Progress,
  end: number,
  { size, failed }: { size: string | null; failed: boolean } = { size: null, failed: false },
): Step[] {
  const { name, isTarget, phase, since } = progress;
  progress.phase = null;
  if (phase === null || !isTarget) return [];
  return [{ kind: "ran", build: name, phase, took: Math.max(0, end - since), size, failed }];
}
