import { chmodSync } from "node:fs";

interface Locked {
  path: Uint8Array;
  /** The mode to put back. */
  mode: number;
}

/**
 * Gives the owner access to files and directories that deny it, and puts their modes back in the end. This changes
 * their ctime.
 */
export class Unlocking {
  readonly #locked: Locked[] = [];

  /** @throws the system's error when `path` belongs to someone else */
  unlock(path: Uint8Array, mode: number): void {
    chmodSync(Buffer.from(path), mode | 0o500);
    this.#locked.push({ path, mode });
  }

  relock(): void {
    // Deepest first: a directory that is locked again hides what lies below it.
    for (const { path, mode } of this.#locked.reverse()) chmodSync(Buffer.from(path), mode);
  }
}

/** Whether the owner (root aside, whom nothing stops) can't read a file, or not list and enter a directory. */
export function isLocked(type: string, mode: number): boolean {
  const needed = type === "d" ? 0o500 : type === "f" ? 0o400 : 0;
  return (mode & needed) !== needed && process.geteuid?.() !== 0;
}
