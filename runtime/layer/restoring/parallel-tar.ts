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
import type { Run } from "./entry-checker.ts";

/** Headers that are put together before they are written. */
const batch = 256;

/** What makes files below a directory of the runs of a layer. */
export interface Writer {
  /** Settles when the run's bytes may be used again. @throws PhaseCacheError `tool-failed` */
  write(run: Run): Promise<void>;
  /** @throws PhaseCacheError `tool-failed` with tar's first complaint */
  finish(): Promise<void>;
  /** Ends it at once; nothing is written any more when this settles. */
  abort(): Promise<void>;
}

/**
 * Several tar processes that write below one directory side by side: what a file costs is the kernel's work, which one
 * process leaves to one processor. One more makes the deferred entries, from the index.
 */
export class ParallelTar implements Writer {
  /** The first one makes the deferred entries. */
  readonly #tars: Extraction[] = [];
  readonly #early: Promise<void>;
  readonly #deferred: readonly LayerEntry[];
  /** Where the last run went, with the file whose rest the next one may have. */
  #open: Extraction | undefined;

  /**
   * @param tar absolute path of GNU tar
   * @param entries all that is to be made
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
      // They would wait for us, and we for them.
      void this.abort();
      throw error;
    }
    // Of directories that are there tar takes note, and sets their modes and times when it ends.
    this.#early = writeHeaders(this.#tars[0]!, entries.filter(isEarly));
    // It is waited for later, or never when something else fails first.
    this.#early.catch(() => {});
  }

  write({ bytes, continues }: Run): Promise<void> {
    const [, first, ...others] = this.#tars;
    const idlest = others.reduce((a, b) => (b.pending < a.pending ? b : a), first!);
    this.#open = continues ? (this.#open ?? idlest) : idlest;
    return this.#open.write(bytes);
  }

  async finish(): Promise<void> {
    const [last, ...lanes] = this.#tars;
    await Promise.all(lanes.map((lane) => lane.finish()));
    await this.#early;
    await writeHeaders(last!, this.#deferred);
    await last!.finish();
  }

  async abort(): Promise<void> {
    await Promise.all(this.#tars.map((one) => one.abort()));
  }
}

/** With fewer entries a second process would have started when the first one is done. */
export function areWorthParallelTar(entries: readonly LayerEntry[]): boolean {
  return entries.length >= 1000;
}

/** One tar process, which makes everything in the order of the stream. */
export function singleTar(tar: string, directory: string, entries: readonly LayerEntry[]): Writer {
  const only = new Extraction(tar, directory, hasEscapedNames(entries));
  return {
    write: ({ bytes }) => only.write(bytes),
    finish: () => only.finish(),
    abort: () => only.abort(),
  };
}

/** Sets the modes and times of directories that are there. @throws PhaseCacheError `tool-failed` */
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
 * Makes the directories that entries lie in: of two processes that find one missing, tar gives up in the one that comes
 * second. Returns false when a path is too long to be named from the file system's root, as tar does not do.
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
