/** What happens to a target: durations in milliseconds. */
export type Step =
  | { kind: "restored"; build: string; phase: string; saved: number }
  | { kind: "running"; build: string; phase: string }
  | { kind: "ran"; build: string; phase: string; took: number; size: string | null; failed: boolean }
  | { kind: "begun"; build: string }
  | { kind: "said"; build: string | null; text: string }
  | { kind: "log"; build: string; text: string }
  | { kind: "nix"; text: string }
  /** Behind a message of Nix that names a build which failed: the end of its log. */
  | { kind: "tail"; build: string; drvPath: string; lines: readonly string[] };

/** A derivation that is being built. */
export interface Progress {
  name: string;
  /** False for what a target needs. */
  isTarget: boolean;
  phase: string | null;
  /** When the phase began. */
  since: number;
  /** The builder's last lines. */
  log: string[];
}

/** What Nix does besides: of `expected` things, `done` are. */
export interface Count {
  done: number;
  expected: number;
}

/** The step that ends a target's phase, if it is in one; `end` is a time like `since`. */
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
