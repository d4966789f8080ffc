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
 * Archives a source, in order.
 * @param tar absolute path of GNU tar
 * @returns the pieces of a pax stream, end-of-archive blocks included; whoever stops early ends tar
 * @throws PhaseCacheError `tool-failed` with tar's first complaint: a file that changed while it was read is one
 */
export async function* createTar(tar: string, source: Source): AsyncGenerator<Buffer> {
  const child = startTar(tar, createArguments(source), "pipe");
  const ended = waitForTar(child);
  try {
    child.stdin.on("error", () => {});
    child.stdin.end(toBytes(`${source.names.join("\0")}\0`));
    for await (const piece of child.stdout) yield piece as Buffer;
    const complaint = await ended;
    if (complaint !== null) throw new PhaseCacheError("tool-failed", complaint);
  } finally {
    child.kill("SIGKILL");
  }
}

function createArguments({ directory, transform }: Source): string[] {
  return [
    "--create",
    // It holds for the names after it.
    `--directory=${directory}`,
    "--format=pax",
    // Larger pieces than tar's usual 10 KiB spare a quarter of the time.
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

/** One tar process that writes what it is given below a directory. Nothing here checks what that is. */
export class Extraction {
  readonly #child: ChildProcess & { stdin: Writable };
  readonly #outcome: Promise<string | null>;

  /**
   * @param tar absolute path of GNU tar
   * @param escaped whether some layer paths differ from the names on disk
   */
  constructor(tar: string, directory: string, escaped: boolean) {
    const transform = escaped ? [`--transform=flags=rhS;${unescapeTransform}`] : [];
    const child = startTar(tar, [...extractArguments(directory), ...transform], "ignore");
    child.stdin.on("error", () => {});
    this.#child = child;
    this.#outcome = waitForTar(child);
  }

  /** Bytes that it has not taken yet. */
  get pending(): number {
    return this.#child.stdin.writableLength;
  }

  /**
   * Settles when `bytes` may be used again.
   * @throws PhaseCacheError `tool-failed` with tar's first complaint, when it has ended
   */
  async write(bytes: Uint8Array): Promise<void> {
    const failed = await new Promise((resolve) =>
      this.#child.stdin.write(bytes, (error) => resolve(error != null)),
    );
    heartbeat();
    if (failed) throw new PhaseCacheError("tool-failed", (await this.#outcome) ?? "tar ended early");
  }

  /** @throws PhaseCacheError `tool-failed` with tar's first complaint */
  async finish(): Promise<void> {
    this.#child.stdin.end(endOfArchive);
    const complaint = await this.#outcome;
    if (complaint !== null) throw new PhaseCacheError("tool-failed", complaint);
  }

  /** Ends tar at once; it writes nothing any more when this settles. */
  async abort(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#outcome;
  }
}

function extractArguments(directory: string): string[] {
  return [
    "--extract",
    "--file=-",
    // Larger pieces than tar's usual 10 KiB spare a quarter of the time.
    "--record-size=65536",
    `--directory=${directory}`,
    // Symlinks are made at once as they are, not after all else.
    "--absolute-names",
    "--preserve-permissions",
    "--no-same-owner",
    "--numeric-owner",
    "--delay-directory-restore",
    "--warning=no-timestamp",
  ];
}
