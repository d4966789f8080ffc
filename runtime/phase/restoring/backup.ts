import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../tree/remove.ts";
import { systemCode } from "../../util/error.ts";
import { runTar } from "../../util/tar-process.ts";

/**
 * Copies of the files that a restore replaces, until the end of the build. The directory has `names`, absolute paths that
 * each end in NUL, and `tree`, a tar archive of these paths. hooks/undo-restore.sh reads it as well.
 */
export class Backup {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Copies these files; directories with their contents.
   * @param tar absolute path of GNU tar
   * @throws PhaseCacheError `tool-failed` when one of them can't be read; there is no backup then
   */
  async add(paths: readonly Buffer[], tar: string): Promise<void> {
    const unfinished = `${this.#directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    const names = Buffer.concat(paths.flatMap((path) => [path, Buffer.from([0])]));
    writeFileSync(join(unfinished, "names"), names);
    const list = ["--null", "--verbatim-files-from", "--files-from=-"];
    const options = ["--format=pax", "--sparse", "--numeric-owner"];
    await runTar(tar, ["--create", ...options, "--absolute-names", fileIn(unfinished), ...list], names);
    // Names and copies appear together: undoing must not remove files that have no copy.
    renameSync(unfinished, this.#directory);
  }

  /** Puts everything back, replacing what is there now. */
  async restore(tar: string): Promise<void> {
    const names = this.#names();
    if (names === null) return;
    for (const path of names) removeTree(path);
    const options = ["--preserve-permissions", "--delay-directory-restore", "--numeric-owner"];
    await runTar(tar, ["--extract", ...options, "--absolute-names", fileIn(this.#directory)], Buffer.of());
  }

  discard(): void {
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
