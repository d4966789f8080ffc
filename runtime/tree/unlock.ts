import { chmodSync } from "node:fs";

interface Locked {
  path: Uint8Array;
  /** The mode to restore. */
  mode: number;
}

/**
 * Gives the owner temporary access to files and directories that deny it. `relock` restores their modes. This changes their
 * ctime.
 */
export class Unlocker {
  readonly #locked: Locked[] = [];

  /** @throws the system's error when `path` belongs to another user */
  unlock(path: Uint8Array, mode: number): void {
    chmodSync(Buffer.from(path), mode | 0o500);
    this.#locked.push({ path, mode });
  }

  relock(): void {
    // Deepest first: what is below a locked directory can't be reached.
    for (const { path, mode } of this.#locked.reverse()) chmodSync(Buffer.from(path), mode);
  }
}

/** Whether the owner can't read a file, or can't list and enter a directory. Always false for root. */
export function isLocked(type: string, mode: number): boolean {
  const needed = type === "d" ? 0o500 : type === "f" ? 0o400 : 0;
  return (mode & needed) !== needed && process.geteuid?.() !== 0;
}
