import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, type Stats, utimesSync } from "node:fs";
import { heartbeat } from "../../util/heartbeat.ts";

/** Moves restored files into place, and can undo all moves. */
export class Placement {
  readonly #undo: (() => void)[] = [];
  readonly #displaced: Buffer;
  #count = 0;

  /** @param displaced path of a new directory for files that are replaced or removed; on the same file system */
  constructor(displaced: string) {
    this.#displaced = Buffer.from(displaced);
    mkdirSync(this.#displaced, { mode: 0o700 });
  }

  /**
   * Moves `from` to `to`. A directory is merged into an existing one, which gets its mode and (to the millisecond) its
   * times. Any other existing file is replaced.
   */
  move(from: Buffer, to: Buffer): void {
    heartbeat();
    const moved = lstatSync(from);
    const existing = lstatSync(to, { throwIfNoEntry: false });
    if (existing?.isDirectory() && moved.isDirectory()) {
      this.#merge(from, moved, to, existing);
      return;
    }
    if (existing !== undefined) this.#displace(to, existing);
    this.#rename(from, to, moved);
  }

  /** Removes `path` if it exists. Its directory keeps its mode and (to the millisecond) its times. */
  remove(path: Buffer): void {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return;
    const parent = path.subarray(0, path.lastIndexOf("/"));
    const parentStatus = lstatSync(parent);
    this.#undo.push(() => setStatus(parent, parentStatus));
    chmodSync(parent, parentStatus.mode | 0o700);
    this.#displace(path, status);
    setStatus(parent, parentStatus);
    this.#undo.push(() => chmodSync(parent, parentStatus.mode | 0o700));
  }

  /** Restores the state before the first `move` or `remove`. */
  undo(): void {
    for (const step of this.#undo.reverse()) step();
  }

  #merge(from: Buffer, moved: Stats, to: Buffer, existing: Stats): void {
    this.#undo.push(() => setStatus(to, existing));
    chmodSync(from, 0o700);
    chmodSync(to, existing.mode | 0o700);
    for (const name of readdirSync(from, { encoding: "buffer" }))
      this.move(below(from, name), below(to, name));
    setStatus(to, moved);
  }

  #displace(path: Buffer, status: Stats): void {
    this.#rename(path, below(this.#displaced, Buffer.from(String(this.#count++))), status);
  }

  #rename(from: Buffer, to: Buffer, status: Stats): void {
    rename(from, to, status);
    this.#undo.push(() => rename(to, from, status));
  }
}

function setStatus(path: Buffer, { mode, atimeMs, mtimeMs }: Stats): void {
  chmodSync(path, mode & 0o7777);
  utimesSync(path, atimeMs / 1000, Math.floor(mtimeMs) / 1000);
}

/** Renames a file. A directory that its owner can't write to is unlocked first: moving it changes its `..` entry. */
function rename(from: Buffer, to: Buffer, status: Stats): void {
  const locked = status.isDirectory() && (status.mode & 0o200) === 0;
  if (locked) chmodSync(from, status.mode | 0o200);
  renameSync(from, to);
  if (locked) chmodSync(to, status.mode & 0o7777);
}

/** Joins a directory and a name. */
export function below(directory: Buffer, name: Uint8Array): Buffer {
  return Buffer.concat([directory, Buffer.from("/"), name]);
}
