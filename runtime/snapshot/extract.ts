import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { flattenLayers } from "../layer/index/flatten.ts";
import { rootOf } from "../layer/index/paths.ts";
import { relocateIndex } from "../layer/relocation/patch.ts";
import { type RestoreResult, restoreLayers, type SourceLayer } from "../layer/restore.ts";
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
export interface Extracted extends RestoreResult {
  state: ShellState;
  /** Whether this is the full state; otherwise it has only the changes of the phases. */
  isFullState: boolean;
  /** What differs from the build, as sentences. */
  problems: string[];
  /** ninja's logs that no longer match the commands: see `rehashLogs`. */
  staleLogs: StaleLog[];
}

/** The arguments of `extractSnapshot`. */
export interface Extraction {
  store: Store;
  record: SnapshotRecord;
  /** The roots to create, which do not exist yet. */
  roots: readonly Root[];
  /** Absolute path of GNU tar. */
  tar: string;
  /** Called with the number of bytes done and the total. */
  progress?: (done: number, total: number) => void;
}

/**
 * Extracts a snapshot's build directory and outputs into the roots. Keeps the output hashes of the build, and runs nothing
 * from the snapshot. After a failure, the files extracted so far remain.
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

/** ninja's logs in the layers' tree, which is flattened again only if there may be any. */
function staleLogsIn(layers: readonly SourceLayer[], { header }: SnapshotRecord): StaleLog[] {
  const tree = () => flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
  return findStaleLogs(tree, ({ entry }) => entry.type === "f", layers, header.layers, header.outputs);
}

/**
 * Creates a directory to extract into, or uses an empty one.
 * @returns a function that removes its contents, and also the directory if it was created
 * @throws PhaseCacheError `usage` if it is not empty
 */
export function claimDirectory(directory: string): () => void {
  const created = makeEmpty(directory);
  return () => {
    const names = created === undefined ? readdirSync(directory, { encoding: "buffer" }) : [];
    for (const name of names) removeTree(Buffer.concat([Buffer.from(`${directory}/`), name]));
    if (created !== undefined) removeTree(Buffer.from(created));
  };
}

/** Returns the topmost directory that was created; undefined if none. */
function makeEmpty(directory: string): string | undefined {
  try {
    const created = mkdirSync(directory, { recursive: true });
    if (readdirSync(directory).length === 0) return created;
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
