import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { flattenLayers } from "../layer/index/flatten.ts";
import { rootOf } from "../layer/index/paths.ts";
import { relocateIndex } from "../layer/relocation/patch.ts";
import { type Restored, restoreLayers, type SourceLayer } from "../layer/restore.ts";
import type { ShellState } from "../shell/index.ts";
import type { Store } from "../store/layout.ts";
import type { SnapshotRecord } from "../store/records/record.ts";
import { isOutput, isTemporary, type Root } from "../tree/entry.ts";
import { removeTree } from "../tree/remove.ts";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { stateOf } from "./environment.ts";
import { type Initial, readInitial } from "./initial-state.ts";
import { closeLayers, findNotRelocatable, openLayers } from "./layers.ts";
import { orderIn } from "./name-order.ts";
import { findStaleLogs, type StaleLog } from "./ninja.ts";
import { describeShift } from "./shifted-times.ts";

/** A snapshot's files and state, outside of any build. */
export interface Extracted extends Restored {
  state: ShellState;
  /** Whether the state is all that the shell had, and not only what the phases changed. */
  isFullState: boolean;
  /** What is not as it was, in sentences. */
  problems: string[];
  /** ninja's logs that do not fit the commands any more: see `rehashLogs`. */
  staleLogs: StaleLog[];
}

/** What extracting takes. */
export interface Extraction {
  store: Store;
  record: SnapshotRecord;
  /** Where its roots are to lie: nothing is there yet. */
  roots: readonly Root[];
  /** Absolute path of GNU tar. */
  tar: string;
  /** Told how many bytes are done, of how many. */
  progress?: (done: number, total: number) => void;
}

/**
 * Puts a snapshot's build directory and outputs where they are to lie, own hashes as they were. Nothing of what is in the
 * store is run. When it fails, what it has put there stays.
 * @throws PhaseCacheError `damaged`, `refused`, `tool-failed`
 */
export async function extractSnapshot(extraction: Extraction): Promise<Extracted> {
  const { store, record, tar, progress } = extraction;
  const build = extraction.roots.find(({ name }) => name === "build")!.path;
  const initial = readInitial(store, record.header);
  const state = stateOf(record, initial);
  const layers = openLayers(store, record.header.layers, record.header.outputs);
  try {
    const roots = extraction.roots.filter(({ name }) => !isTemporary(name) || isUsed(layers, name));
    for (const { name, path } of roots) mkdirSync(isOutput(name) ? dirname(path) : path, { recursive: true });
    const order = new Map(orderIn(record, record.header.outputs));
    const restored = await restoreLayers(layers, roots, tar, { progress, order });
    for (const { name, contents } of initial?.files ?? [])
      writeFileSync(join(build, name), contents, { flag: "wx" });
    const problems = problemsOf(initial, findNotRelocatable(layers));
    if (restored.shift !== null) problems.push(describeShift(restored.shift));
    return {
      ...restored,
      state,
      isFullState: initial !== null,
      problems,
      staleLogs: staleLogsIn(layers, record),
    };
  } finally {
    closeLayers(layers);
  }
}

function isUsed(layers: readonly SourceLayer[], root: Root["name"]): boolean {
  return layers.some(({ index }) => index.entries.some(({ path }) => rootOf(path) === root));
}

/** ninja's logs in the layers' tree. It is folded once more only where there may be some. */
function staleLogsIn(layers: readonly SourceLayer[], { header }: SnapshotRecord): StaleLog[] {
  const tree = () => flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
  return findStaleLogs(tree, ({ entry }) => entry.type === "f", layers, header.layers, header.outputs);
}

/**
 * Makes a directory for files to be extracted into, or takes one that is empty.
 * @returns what removes all that is in it by then, and the directory too if it was made
 * @throws PhaseCacheError `usage` when it is not empty
 */
export function claimDirectory(directory: string): () => void {
  const made = makeEmpty(directory);
  return () => {
    const names = made === undefined ? readdirSync(directory, { encoding: "buffer" }) : [];
    for (const name of names) removeTree(Buffer.concat([Buffer.from(`${directory}/`), name]));
    if (made !== undefined) removeTree(Buffer.from(made));
  };
}

/** The topmost directory that had to be made. */
function makeEmpty(directory: string): string | undefined {
  try {
    const made = mkdirSync(directory, { recursive: true });
    if (readdirSync(directory).length === 0) return made;
  } catch (error) {
    if (!["EEXIST", "ENOTDIR"].includes(systemCode(error) ?? "")) throw error;
  }
  throw new PhaseCacheError("usage", `${printable(directory)} is not an empty directory`, {
    hint: "name one that does not exist yet",
  });
}

function problemsOf(initial: Initial | null, notRelocatable: string | null): string[] {
  return [
    ...(initial === null
      ? [
          "saved by an older version of phasecache: the state has only what the phases changed, without stdenv's functions",
        ]
      : []),
    ...(notRelocatable === null ? [] : [`${notRelocatable}; it still has the path of an earlier build`]),
  ];
}
