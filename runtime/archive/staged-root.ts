import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isOutput, type Root } from "../tree/entry.ts";
import { printable, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import type { Run } from "./entry-checker.ts";
import { Lanes, oneLane, type Writer } from "./lanes.ts";
import type { LayerEntry } from "./layer-index.ts";
import { below } from "./place.ts";
import { makeStaging, removeTree } from "./staging.ts";

interface Move {
  from: Buffer;
  to: Buffer;
}

/** What is restored into one root, in a directory of its own until it is whole. */
export class StagedRoot {
  readonly #root: Root;
  /** Layer paths begin with a root's name, and so do the files in here. */
  readonly directory: string;
  readonly #entries: readonly LayerEntry[];
  readonly #writer: Writer;

  /**
   * @param tar absolute path of GNU tar
   * @param entries all that is to be restored into this root
   * @param apart whether the runs lack what is late
   */
  constructor(root: Root, tar: string, entries: readonly LayerEntry[], apart: boolean) {
    this.#root = root;
    this.#entries = entries;
    this.directory = makeStaging(root);
    this.#writer = apart ? new Lanes(tar, this.directory, entries) : oneLane(tar, this.directory);
  }

  /** Settles when the run's bytes may be used again. @throws PhaseCacheError `tool-failed` */
  write(run: Run): Promise<void> {
    return this.#writer.write(run);
  }

  /** Waits for tar, and looks at what it does not tell of. @throws PhaseCacheError `tool-failed` */
  async complete(): Promise<void> {
    await this.#writer.finish();
    for (const entry of this.#entries) if (entry.size > entry.end - entry.start) this.#requireSize(entry);
  }

  /** What is to be moved into place. */
  moves(): Move[] {
    const { name, path } = this.#root;
    const [staged, place] = [Buffer.from(join(this.directory, name)), Buffer.from(path)];
    if (isOutput(name)) return [{ from: staged, to: place }];
    const names = readdirSync(staged, { encoding: "buffer" });
    return names.map((one) => ({ from: below(staged, one), to: below(place, one) }));
  }

  /** Ends tar if it still runs, and removes the directory. */
  async close(): Promise<void> {
    await this.#writer.abort();
    removeTree(Buffer.from(this.directory));
  }

  /** GNU tar does not say when it can't make the hole at a file's end. */
  #requireSize({ path, size }: LayerEntry): void {
    if (lstatSync(below(Buffer.from(this.directory), toBytes(path))).size === size) return;
    throw new PhaseCacheError("tool-failed", `tar made ${printable(path)} too short`);
  }
}
