import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../tree/remove.ts";
import { systemCode } from "../../util/error.ts";
import { runTar } from "../../util/tar-process.ts";

/**
 * What stood where a restore was about to put its files, kept until the build is over: `names`, absolute paths that each
 * end in NUL, and `tree`, a tar of them by these names. hooks/undo-restore.sh reads it, too.
 */
export class Backup {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Copies these files, and all below those that are directories.
   * @param tar absolute path of GNU tar
   * @throws PhaseCacheError `tool-failed` when one of them can't be read; nothing is kept then
   */
  async keep(paths: readonly Buffer[], tar: string): Promise<void> {
    const unfinished = `${this.#directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    const names = Buffer.concat(paths.flatMap((path) => [path, Buffer.from([0])]));
    writeFileSync(join(unfinished, "names"), names);
    const list = ["--null", "--verbatim-files-from", "--files-from=-"];
    const how = ["--format=pax", "--sparse", "--numeric-owner"];
    await runTar(tar, ["--create", ...how, "--absolute-names", fileIn(unfinished), ...list], names);
    // Both or none: without the copies, undoing must not remove what they are of.
    renameSync(unfinished, this.#directory);
  }

  /** Puts everything back, in the place of what is there now. */
  async putBack(tar: string): Promise<void> {
    const names = this.#names();
    if (names === null) return;
    for (const path of names) removeTree(path);
    const how = ["--preserve-permissions", "--delay-directory-restore", "--numeric-owner"];
    await runTar(tar, ["--extract", ...how, "--absolute-names", fileIn(this.#directory)], Buffer.of());
  }

  forget(): void {
    for (const path of [`${this.#directory}.new`, this.#directory])
      rmSync(path, { recursive: true, force: true });
  }

  #names(): Buffer[] | null {
    try {
      const names = readFileSync(join(this.#directory, "names"), "latin1").split("\0");
      return names.filter((name) => name !== "").map((name) => Buffer.from(name, "latin1"));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return null;
      throw error;
    }
  }
}

function fileIn(directory: string): string {
  return `--file=${join(directory, "tree")}`;
}
