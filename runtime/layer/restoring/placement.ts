import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, type Stats, utimesSync } from "node:fs";
import { heartbeat } from "../../util/heartbeat.ts";

/** Moves finished files to where they belong, and everything back if that fails on the way. */
export class Placement {
  readonly #undo: (() => void)[] = [];
  readonly #displaced: Buffer;
  #count = 0;

  /** @param displaced where to make a directory for what stands in the way; on the same file system */
  constructor(displaced: string) {
    this.#displaced = Buffer.from(displaced);
    mkdirSync(this.#displaced, { mode: 0o700 });
  }

  /**
   * Moves `from` to `to`. A directory that is there already is filled up, and gets the mode and (to the millisecond) the
   * time of the one that comes; another file that is there is replaced.
   */
  move(from: Buffer, to: Buffer): void {
    heartbeat();
    const coming = lstatSync(from);
    const existing = lstatSync(to, { throwIfNoEntry: false });
    if (existing?.isDirectory() && coming.isDirectory()) {
      this.#merge(from, coming, to, existing);
      return;
    }
    if (existing !== undefined) this.#displace(to, existing);
    this.#rename(from, to, coming);
  }

  /** Takes `path` away, if it is (still) there. Its directory keeps mode and (to the millisecond) time. */
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

  /** Everything is as it was before the first `move` or `remove`. */
  undo(): void {
    for (const step of this.#undo.reverse()) step();
  }

  #merge(from: Buffer, coming: Stats, to: Buffer, existing: Stats): void {
    this.#undo.push(() => setStatus(to, existing));
    chmodSync(from, 0o700);
    chmodSync(to, existing.mode | 0o700);
    for (const name of readdirSync(from, { encoding: "buffer" }))
      this.move(below(from, name), below(to, name));
    setStatus(to, coming);
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

/** A directory that denies writing to its owner can't be moved to another one: its `..` would change. */
function rename(from: Buffer, to: Buffer, status: Stats): void {
  const locked = status.isDirectory() && (status.mode & 0o200) === 0;
  if (locked) chmodSync(from, status.mode | 0o200);
  renameSync(from, to);
  if (locked) chmodSync(to, status.mode & 0o7777);
}

/** The path of a name in a directory. */
export function below(directory: Buffer, name: Uint8Array): Buffer {
  return Buffer.concat([directory, Buffer.from("/"), name]);
}
