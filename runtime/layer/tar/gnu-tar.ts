import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";
import { unescapeTransform } from "../../tree/paths.ts";
import { toBytes } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { startTar, waitForTar } from "../../util/tar-process.ts";
import type { Source } from "./sources.ts";
import { endOfArchive } from "./whiteout.ts";

/**
 * Archives the files of a source, in order. Kills tar when the caller stops early.
 * @param tar absolute path of GNU tar
 * @returns the pieces of a pax stream, end-of-archive blocks included
 * @throws PhaseCacheError `tool-failed` with tar's first error message, also for a file that changed while it was read
 */
export async function* createTar(tar: string, source: Source): AsyncGenerator<Buffer> {
  const child = startTar(tar, createArguments(source), "pipe");
  const ended = waitForTar(child);
  try {
    child.stdin.on("error", () => {});
    child.stdin.end(toBytes(`${source.names.join("\0")}\0`));
    for await (const piece of child.stdout) yield piece as Buffer;
    const failure = await ended;
    if (failure !== null) throw new PhaseCacheError("tool-failed", failure);
  } finally {
    child.kill("SIGKILL");
  }
}

function createArguments({ directory, transform }: Source): string[] {
  return [
    "--create",
    // Applies to the names that follow.
    `--directory=${directory}`,
    "--format=pax",
    // Larger records than tar's default of 10 KiB save a quarter of the time.
    "--blocking-factor=64",
    "--no-recursion",
    "--null",
    "--verbatim-files-from",
    "--files-from=-",
    "--numeric-owner",
    "--owner=0",
    "--group=0",
    "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f",
    `--transform=flags=rhS;${transform}`,
    "--sparse",
  ];
}

/** A tar process that extracts a stream below a directory. The caller must have checked the stream. */
export class Extraction {
  readonly #child: ChildProcess & { stdin: Writable };
  readonly #outcome: Promise<string | null>;

  /**
   * @param tar absolute path of GNU tar
   * @param escaped whether any layer path differs from the name on disk
   */
  constructor(tar: string, directory: string, escaped: boolean) {
    const transform = escaped ? [`--transform=flags=rhS;${unescapeTransform}`] : [];
    const child = startTar(tar, [...extractArguments(directory), ...transform], "ignore");
    child.stdin.on("error", () => {});
    this.#child = child;
    this.#outcome = waitForTar(child);
  }

  /** Bytes written that tar has not read yet. */
  get pending(): number {
    return this.#child.stdin.writableLength;
  }

  /**
   * Settles when the memory of `bytes` may be reused.
   * @throws PhaseCacheError `tool-failed` with tar's first error message, if tar has exited
   */
  async write(bytes: Uint8Array): Promise<void> {
    const failed = await new Promise((resolve) =>
      this.#child.stdin.write(bytes, (error) => resolve(error != null)),
    );
    heartbeat();
    if (failed) throw new PhaseCacheError("tool-failed", (await this.#outcome) ?? "tar exited early");
  }

  /** @throws PhaseCacheError `tool-failed` with tar's first error message */
  async finish(): Promise<void> {
    this.#child.stdin.end(endOfArchive);
    const failure = await this.#outcome;
    if (failure !== null) throw new PhaseCacheError("tool-failed", failure);
  }

  /** Kills tar. When this settles, tar writes nothing more. */
  async abort(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#outcome;
  }
}

function extractArguments(directory: string): string[] {
  return [
    "--extract",
    "--file=-",
    // Larger records than tar's default of 10 KiB save a quarter of the time.
    "--record-size=65536",
    `--directory=${directory}`,
    // Without this, tar creates some symlinks as placeholders first, and only at its end as they are.
    "--absolute-names",
    "--preserve-permissions",
    "--no-same-owner",
    "--numeric-owner",
    "--delay-directory-restore",
    "--warning=no-timestamp",
  ];
}
