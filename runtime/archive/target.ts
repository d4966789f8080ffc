import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Root } from "../tree/entry.ts";
import { fromBytes, printable, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import type { Run } from "./entry-checker.ts";
import { Extraction } from "./extraction.ts";
import type { Gone } from "./gone.ts";
import type { LayerEntry } from "./layer-index.ts";
import { rootOf } from "./paths.ts";
import { below, Placement } from "./place.ts";
import { makeStaging, removeTree } from "./staging.ts";

interface Staged {
  root: Root;
  directory: string;
  extraction: Extraction;
}

/** What is to be done about files and directories (not what is below them) that are in the way of a restore. */
export type Keep = (paths: readonly Buffer[]) => Promise<void>;

interface Move {
  from: Buffer;
  to: Buffer;
}

/** The roots of a build while they are being restored: nothing is to be seen of it before `finish`. */
export class Target {
  readonly #roots: readonly Root[];
  readonly #tar: string;
  readonly #staged = new Map<string, Staged>();
  readonly #removed: string[] = [];

  constructor(roots: readonly Root[], tar: string) {
    this.#roots = roots;
    this.#tar = tar;
  }

  /** Settles when the runs' bytes may be used again. */
  async write(runs: readonly Run[]): Promise<void> {
    await Promise.all(runs.map(({ root, bytes }) => this.#stagedFor(root).extraction.write(bytes)));
  }

  /**
   * Waits for tar, removes what is gone, and moves everything into place.
   * @param sparse the files with holes
   * @throws PhaseCacheError `tool-failed`; the roots are then as they were
   */
  async finish(
    sparse: readonly LayerEntry[],
    gone: readonly Gone[],
    keep: Keep = async () => {},
  ): Promise<void> {
    const staged = [...this.#staged.values()];
    for (const { extraction } of staged) await extraction.finish();
    for (const entry of sparse) this.#requireSize(entry);
    const moves = new Map(staged.map((one) => [one, movesOf(one)]));
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
    for (const { extraction } of this.#staged.values()) await extraction.abort();
    for (const { directory } of this.#staged.values()) removeTree(Buffer.from(directory));
    for (const directory of this.#removed) removeTree(Buffer.from(directory));
  }

  /** A place for what is removed from a root, in which there may be nothing to put. */
  #removedFrom(root: Root): string {
    const directory = makeStaging(root);
    this.#removed.push(directory);
    return join(directory, "removed");
  }

  /** GNU tar does not say when it can't make the hole at a file's end. */
  #requireSize({ path, size }: LayerEntry): void {
    const { directory } = this.#stagedFor(rootOf(path));
    if (lstatSync(below(Buffer.from(directory), toBytes(path))).size === size) return;
    throw new PhaseCacheError("tool-failed", `tar made ${printable(path)} too short`);
  }

  #stagedFor(name: string): Staged {
    const known = this.#staged.get(name);
    if (known !== undefined) return known;
    const root = this.#roots.find((candidate) => candidate.name === name)!;
    const directory = makeStaging(root);
    const staged = { root, directory, extraction: new Extraction(this.#tar, directory) };
    this.#staged.set(name, staged);
    return staged;
  }
}

function distinct(paths: readonly Buffer[]): Buffer[] {
  return [...new Set(paths.map(fromBytes))].map(toBytes);
}

/** Layer paths begin with `build/` and `outputs/`, and so do the staged files. */
function movesOf({ root, directory }: Staged): Move[] {
  const staged = Buffer.from(join(directory, root.name));
  const place = Buffer.from(root.path);
  if (root.name !== "build") return [{ from: staged, to: place }];
  const names = readdirSync(staged, { encoding: "buffer" });
  return names.map((name) => ({ from: below(staged, name), to: below(place, name) }));
}
