import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hasEscaped, unescapeNames } from "../../tree/paths.ts";
import { type ByteString, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { parallelism } from "../../util/parallelism.ts";
import { isDeferred, type LayerEntry } from "../index/layer-index.ts";
import { parentOf } from "../index/paths.ts";
import { formatEntry } from "../tar/entry.ts";
import { Extraction } from "../tar/gnu-tar.ts";
import type { Chunk } from "./entry-checker.ts";

/** Number of headers that are joined into one write. */
const batch = 256;

/** Extracts the chunks of a layer below a directory. */
export interface Writer {
  /** Settles when the memory of the chunk may be reused. @throws PhaseCacheError `tool-failed` */
  write(chunk: Chunk): Promise<void>;
  /** @throws PhaseCacheError `tool-failed` with tar's first error message */
  finish(): Promise<void>;
  /** Stops at once. When this settles, nothing more is written. */
  abort(): Promise<void>;
}

/**
 * Several tar processes that extract in parallel below one directory: the cost of a file is the kernel's work, and one
 * process uses only one processor for it. One more process makes the deferred entries, from the index.
 */
export class ParallelTar implements Writer {
  /** The first process makes the deferred entries. */
  readonly #tars: Extraction[] = [];
  readonly #early: Promise<void>;
  readonly #deferred: readonly LayerEntry[];
  /** The process that received the last chunk; the next chunk may continue a file there. */
  #open: Extraction | undefined;

  /**
   * @param tar absolute path of GNU tar
   * @param entries all entries to extract
   */
  constructor(tar: string, directory: string, entries: readonly LayerEntry[]) {
    const made = makeDirectories(directory, entries);
    const isEarly = ({ type }: LayerEntry) => made && type === "d";
    this.#deferred = entries.filter((entry) => isDeferred(entry) && !isEarly(entry));
    const count = made ? parallelism : 1;
    const escaped = hasEscapedNames(entries);
    try {
      while (this.#tars.length <= count) this.#tars.push(new Extraction(tar, directory, escaped));
    } catch (error) {
      // Otherwise the processes that have started would wait for input forever.
      void this.abort();
      throw error;
    }
    // Tar remembers directories that exist, and sets their modes and times when it ends.
    this.#early = writeHeaders(this.#tars[0]!, entries.filter(isEarly));
    // Awaited later, or never if something else fails first: no unhandled rejection then.
    this.#early.catch(() => {});
  }

  write({ bytes, continues }: Chunk): Promise<void> {
    const [, first, ...others] = this.#tars;
    const idlest = others.reduce((a, b) => (b.pending < a.pending ? b : a), first!);
    this.#open = continues ? (this.#open ?? idlest) : idlest;
    return this.#open.write(bytes);
  }

  async finish(): Promise<void> {
    const [deferring, ...others] = this.#tars;
    await Promise.all(others.map((one) => one.finish()));
    await this.#early;
    await writeHeaders(deferring!, this.#deferred);
    await deferring!.finish();
  }

  async abort(): Promise<void> {
    await Promise.all(this.#tars.map((one) => one.abort()));
  }
}

/** Whether there are enough entries: with fewer, the first process is done before a second one has started. */
export function areWorthParallelTar(entries: readonly LayerEntry[]): boolean {
  return entries.length >= 1000;
}

/** Returns a writer with one tar process, which extracts everything in stream order. */
export function singleTar(tar: string, directory: string, entries: readonly LayerEntry[]): Writer {
  const only = new Extraction(tar, directory, hasEscapedNames(entries));
  return {
    write: ({ bytes }) => only.write(bytes),
    finish: () => only.finish(),
    abort: () => only.abort(),
  };
}

/** Sets the modes and times of existing directories. @throws PhaseCacheError `tool-failed` */
export async function restoreDirectories(
  tar: string,
  directory: string,
  entries: readonly LayerEntry[],
): Promise<void> {
  const extraction = new Extraction(tar, directory, hasEscapedNames(entries));
  await writeHeaders(extraction, entries);
  await extraction.finish();
}

function hasEscapedNames(entries: readonly LayerEntry[]): boolean {
  return entries.some(({ path }) => hasEscaped(path));
}

async function writeHeaders(tar: Extraction, entries: readonly LayerEntry[]): Promise<void> {
  for (let i = 0; i < entries.length; i += batch)
    await tar.write(Buffer.concat(entries.slice(i, i + batch).map(formatEntry)));
}

/**
 * Makes the directories of all entries: if two tar processes find the same directory missing, the slower one fails.
 * @returns false if an absolute path would be too long; tar only uses paths relative to its directory
 */
function makeDirectories(directory: string, entries: readonly LayerEntry[]): boolean {
  const made = new Set<ByteString | null>([null]);
  const place = Buffer.from(`${directory}/`);
  const make = (path: ByteString | null) => {
    if (path === null || made.has(path)) return;
    made.add(path);
    make(parentOf(path));
    mkdirSync(Buffer.concat([place, toBytes(unescapeNames(path))]));
  };
  try {
    for (const top of ["build", "tmp", "shm", "outputs"]) mkdirSync(join(directory, top));
    for (const { path, type } of entries) make(type === "d" ? path : parentOf(path));
    return true;
  } catch (error) {
    if (systemCode(error) === "ENAMETOOLONG") return false;
    throw error;
  }
}
