import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";
import { unescapeTransform } from "../../tree/paths.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { outcomeOf, startTar } from "./gnu-tar.ts";
import { endOfArchive } from "./whiteout.ts";

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
    const child = startTar(tar, [...argumentsFor(directory), ...transform], "ignore");
    child.stdin.on("error", () => {});
    this.#child = child;
    this.#outcome = outcomeOf(child);
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

function argumentsFor(directory: string): string[] {
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
