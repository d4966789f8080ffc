import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Root } from "../../tree/entry.ts";
import { removeTree } from "../../tree/remove.ts";
import { fromBytes, toBytes } from "../../util/bytes.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { rootOf } from "../index/paths.ts";
import { makeStaging } from "../staging-directory.ts";
import type { Run } from "./entry-checker.ts";
import { Placement } from "./placement.ts";
import type { RemovedPath } from "./removed-paths.ts";
import { type Finish, StagedRoot } from "./staged-root.ts";

/** What is to be done about files and directories (not what is below them) that are in the way of a restore. */
export type Keep = (paths: readonly Buffer[]) => Promise<void>;

/** The roots of a build while they are being restored: nothing is to be seen of it before `finish`. */
export class Staging {
  readonly #roots: readonly Root[];
  readonly #tar: string;
  readonly #entries = new Map<string, LayerEntry[]>();
  readonly #lacksDeferred: boolean;
  readonly #staged = new Map<string, StagedRoot>();
  readonly #removed: string[] = [];

  /**
   * @param entries all that is to be restored
   * @param lacksDeferred whether the runs lack the deferred entries
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

  /** Settles when the run's bytes may be used again. @throws PhaseCacheError `tool-failed` */
  write(run: Run): Promise<void> {
    return this.#stagedFor(run.root).write(run);
  }

  /**
   * Waits for tar, removes what is gone, and moves everything into place.
   * @throws PhaseCacheError `tool-failed`; the roots are then as they were
   */
  async finish(gone: readonly RemovedPath[], finish: Finish, keep: Keep = async () => {}): Promise<void> {
    const staged = [...this.#entries.keys()].map((name) => this.#stagedFor(name));
    for (const one of staged) await one.complete(finish);
    const moves = new Map(staged.map((one) => [one, one.moves()]));
    const goals = [...[...moves.values()].flat().map(({ to }) => to), ...gone.map(({ top }) => top)];
    const inTheWay = goals.filter((to) => lstatSync(to, { throwIfNoEntry: false }) !== undefined);
    if (inTheWay.length > 0) await keep(distinct(inTheWay));
    const placements: Placement[] = [];
    const placementIn = (directory: string) => {
      const placement = new Placement(directory);
      placements.push(placement);
      return placement;
    };
    try {
      for (const root of new Set(gone.map(({ root }) => root))) {
        const placement = placementIn(this.#removedFrom(root));
        for (const { path } of gone.filter((one) => one.root === root)) placement.remove(path);
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

  /** Ends tar if it still runs, and removes the staging directories. */
  async close(): Promise<void> {
    for (const staged of this.#staged.values()) await staged.close();
    for (const directory of this.#removed) removeTree(Buffer.from(directory));
  }

  /** A place for what is removed from a root, in which there may be nothing to put. */
  #removedFrom(root: Root): string {
    const directory = makeStaging(root);
    this.#removed.push(directory);
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
