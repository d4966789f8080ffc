import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Root } from "../../tree/entry.ts";
import { removeTree } from "../../tree/remove.ts";
import { fromBytes, toBytes } from "../../util/bytes.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { rootOf } from "../index/paths.ts";
import { makeStaging } from "../staging-directory.ts";
import type { Chunk } from "./entry-checker.ts";
import { Placement } from "./placement.ts";
import type { RemovedPath } from "./removed-paths.ts";
import { type CompletionOptions, StagedRoot } from "./staged-root.ts";

/** Receives the existing files and directories that a restore will change; for a directory, not the paths below it. */
export type Backup = (paths: readonly Buffer[]) => Promise<void>;

/** A restore in progress, into all roots of a build. The roots do not change before `finish`. */
export class Staging {
  readonly #roots: readonly Root[];
  readonly #tar: string;
  readonly #entries = new Map<string, LayerEntry[]>();
  readonly #lacksDeferred: boolean;
  readonly #staged = new Map<string, StagedRoot>();
  /** Staging directories for removed paths. */
  readonly #directories: string[] = [];

  /**
   * @param entries all entries to restore
   * @param lacksDeferred whether the chunks lack the deferred entries
   */
  constructor(roots: readonly Root[], tar: string, entries: readonly LayerEntry[], lacksDeferred: boolean) {
    this.#lacksDeferred = lacksDeferred;
    this.#roots = roots;
    this.#tar = tar;
    for (const entry of entries) {
      const name = rootOf(entry.path);
      const known = this.#entries.get(name);
      if (known === undefined) this.#entries.set(name, [entry]);
      else known.push(entry);
    }
  }

  /** Settles when the memory of the chunk may be reused. @throws PhaseCacheError `tool-failed` */
  write(chunk: Chunk): Promise<void> {
    return this.#stagedFor(chunk.root).write(chunk);
  }

  /**
   * Waits for tar, deletes the removed paths, and moves everything into place.
   * @throws PhaseCacheError `tool-failed`; the roots are then unchanged
   */
  async finish(
    removed: readonly RemovedPath[],
    options: CompletionOptions,
    backup: Backup = async () => {},
  ): Promise<void> {
    const staged = [...this.#entries.keys()].map((name) => this.#stagedFor(name));
    for (const one of staged) await one.complete(options);
    const moves = new Map(staged.map((one) => [one, one.moves()]));
    const targets = [...[...moves.values()].flat().map(({ to }) => to), ...removed.map(({ top }) => top)];
    const existing = targets.filter((to) => lstatSync(to, { throwIfNoEntry: false }) !== undefined);
    if (existing.length > 0) await backup(distinct(existing));
    const placements: Placement[] = [];
    const placementIn = (directory: string) => {
      const placement = new Placement(directory);
      placements.push(placement);
      return placement;
    };
    try {
      for (const root of new Set(removed.map(({ root }) => root))) {
        const placement = placementIn(this.#directoryForRemoved(root));
        for (const { path } of removed.filter((one) => one.root === root)) placement.remove(path);
      }
      for (const [{ directory }, own] of moves) {
        const placement = placementIn(join(directory, "displaced"));
        for (const { from, to } of own) placement.move(from, to);
      }
    } catch (error) {
      for (const placement of placements.reverse()) placement.undo();
      throw error;
    }
  }

  /** Kills tar if it is still running, and removes the staging directories. */
  async close(): Promise<void> {
    for (const staged of this.#staged.values()) await staged.close();
    for (const directory of this.#directories) removeTree(Buffer.from(directory));
  }

  /** Returns a path for a root's removed files, in a new staging directory: nothing may be restored into this root. */
  #directoryForRemoved(root: Root): string {
    const directory = makeStaging(root);
    this.#directories.push(directory);
    return join(directory, "removed");
  }

  #stagedFor(name: string): StagedRoot {
    const known = this.#staged.get(name);
    if (known !== undefined) return known;
    const root = this.#roots.find((candidate) => candidate.name === name)!;
    const staged = new StagedRoot(root, this.#tar, this.#entries.get(name)!, this.#lacksDeferred);
    this.#staged.set(name, staged);
    return staged;
  }
}

function distinct(paths: readonly Buffer[]): Buffer[] {
  return [...new Set(paths.map(fromBytes))].map(toBytes);
}
