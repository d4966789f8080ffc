import { lstatSync, lutimesSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type DirectoryOrder, directoryOrder } from "../../tree/directory-order.ts";
import { isOutput, type Root } from "../../tree/entry.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { removeTree } from "../../tree/remove.ts";
import { type ByteString, printable, toBytes } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { shiftTime, type TimeShift } from "../../util/time-shift.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import type { NameOrders } from "../index/name-order.ts";
import { makeStaging } from "../staging-directory.ts";
import type { Chunk } from "./entry-checker.ts";
import { ParallelTar, restoreDirectories, singleTar, type Writer } from "./parallel-tar.ts";
import { below } from "./placement.ts";
import { reorderDirectories } from "./reorder-directories.ts";

interface Move {
  from: Buffer;
  to: Buffer;
}

/** What to do when tar has extracted everything. */
export interface CompletionOptions {
  /** Applied to the times of all restored files. */
  shift: TimeShift | null;
  /** Returns the order of names in directories. Called only if the file system's order depends on that of creation. */
  orders: () => NameOrders;
}

/** Restores files for one root into a staging directory, until they are complete. */
export class StagedRoot {
  readonly #root: Root;
  /** The staging directory. Files in it have their layer paths, which begin with the root's name. */
  readonly directory: string;
  readonly #entries: readonly LayerEntry[];
  readonly #writer: Writer;
  readonly #tar: string;
  /** Names directly in the root, in order of creation; empty if the order does not matter. */
  #firstNames: ByteString[] = [];

  /**
   * @param tar absolute path of GNU tar
   * @param entries all entries to restore into this root
   * @param lacksDeferred whether the chunks lack the deferred entries
   */
  constructor(root: Root, tar: string, entries: readonly LayerEntry[], lacksDeferred: boolean) {
    this.#root = root;
    this.#tar = tar;
    this.#entries = entries;
    this.directory = makeStaging(root);
    this.#writer = lacksDeferred
      ? new ParallelTar(tar, this.directory, entries)
      : singleTar(tar, this.directory, entries);
  }

  /** Settles when the memory of the chunk may be reused. @throws PhaseCacheError `tool-failed` */
  write(chunk: Chunk): Promise<void> {
    return this.#writer.write(chunk);
  }

  /**
   * Waits for tar, then sets the order of names, shifts times, and checks the sizes of sparse files.
   * @throws PhaseCacheError `tool-failed`
   */
  async complete({ shift, orders }: CompletionOptions): Promise<void> {
    await this.#writer.finish();
    const order = directoryOrder(this.directory);
    if (order !== "none") await this.#reorder(orders(), order);
    if (shift !== null) this.#shiftTimes(shift);
    for (const entry of this.#entries) if (entry.size > entry.end - entry.start) this.#requireSize(entry);
  }

  /** Returns the moves into place, in the names' order of creation. */
  moves(): Move[] {
    const { name, path } = this.#root;
    const [staged, place] = [Buffer.from(join(this.directory, name)), Buffer.from(path)];
    if (isOutput(name)) return [{ from: staged, to: place }];
    const listed = new Set(readdirSync(staged, { encoding: "latin1" }));
    const names = new Set([...this.#firstNames.filter((one) => listed.has(one)), ...listed]);
    return [...names].map((one) => ({ from: below(staged, toBytes(one)), to: below(place, toBytes(one)) }));
  }

  /** Kills tar if it is still running, and removes the staging directory. */
  async close(): Promise<void> {
    await this.#writer.abort();
    removeTree(Buffer.from(this.directory));
  }

  async #reorder(orders: NameOrders, order: DirectoryOrder): Promise<void> {
    const { name } = this.#root;
    this.#firstNames = (orders.get(name) ?? []).map(unescapeNames);
    const own = [...orders].filter(([path]) => path === name || path.startsWith(`${name}/`));
    const changed = reorderDirectories(
      this.directory,
      new Map(own.filter(([path]) => path !== "build")),
      order,
    );
    const entries = this.#entries.filter(({ path, type }) => type === "d" && changed.has(path));
    if (entries.length > 0) await restoreDirectories(this.#tar, this.directory, entries);
  }

  #shiftTimes(shift: TimeShift): void {
    const place = Buffer.from(this.directory);
    for (const { path, mtime } of this.#entries) {
      const [time, shifted] = [BigInt(mtime), shiftTime(shift, BigInt(mtime))];
      if (shifted === time) continue;
      heartbeat();
      const seconds = Number(shifted) / 1e9;
      lutimesSync(below(place, toBytes(unescapeNames(path))), seconds, seconds);
    }
  }

  /** Throws if a file is too short: GNU tar does not report that it can't make the hole at a file's end. */
  #requireSize({ path, size }: LayerEntry): void {
    if (lstatSync(below(Buffer.from(this.directory), toBytes(unescapeNames(path)))).size === size) return;
    throw new PhaseCacheError("tool-failed", `tar extracted ${printable(path)} with the wrong size`);
  }
}
