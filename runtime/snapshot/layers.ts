import { closeSync } from "node:fs";
import type { Outputs } from "../key/derivation/outputs.ts";
import { decodeIndex } from "../layer/index/codec.ts";
import {
  elfWithBuildId,
  type FileClass,
  sortedText,
  type Verdict,
  whyNotRelocatable,
} from "../layer/index/file-class.ts";
import { flattenLayers } from "../layer/index/flatten.ts";
import { relocateIndex } from "../layer/relocation/patch.ts";
import type { SourceLayer } from "../layer/restore.ts";
import { openBlob, readBlob } from "../store/blobs.ts";
import type { Store } from "../store/layout.ts";
import type { LayerRef } from "../store/records/header.ts";
import { unescapeNames } from "../tree/paths.ts";
import { type ByteString, printable, toText } from "../util/bytes.ts";
import { isStoreHash } from "../util/store-path.ts";
import { patternsOf, replacements } from "./patterns.ts";

/**
 * Opens layers and relocates them to these outputs. A concurrent gc can't affect open layers.
 * @throws PhaseCacheError `damaged` if a blob is missing or its index is invalid
 */
export function openLayers(store: Store, refs: readonly LayerRef[], outputs: Outputs): SourceLayer[] {
  const layers: SourceLayer[] = [];
  try {
    for (const ref of refs) {
      const index = decodeIndex(readBlob(store, ref.index.digest, ref.index.size));
      const patterns = patternsOf(ref.outputs).map((bytes) => ({ bytes }));
      const fd = openBlob(store, ref.digest, ref.size);
      layers.push({
        fd,
        digest: ref.digest,
        index,
        patterns,
        replacements: replacements(ref.outputs, outputs),
      });
    }
    return layers;
  } catch (error) {
    closeLayers(layers);
    throw error;
  }
}

/** Finds a file that can't be relocated to this build's outputs. Returns a sentence that begins with the file, or null. */
export function findNotRelocatable(layers: readonly SourceLayer[]): string | null {
  const [first] = relocatedClasses(
    layers,
    ({ verdict, kind }, layer) =>
      verdict === "not-relocatable" || (kind === sortedText && !preservesOrder(layer)),
  );
  return first === undefined ? null : `${shown(first.path)} ${whyNotRelocatable(first)}`;
}

/** Whether the new hashes sort like the old ones, so that lists sorted by them stay sorted. */
function preservesOrder({ patterns, replacements }: SourceLayer): boolean {
  const hashes = patterns.flatMap(({ bytes }, i) =>
    isStoreHash(bytes) ? [{ from: bytes, to: replacements[i]! }] : [],
  );
  hashes.sort((a, b) => (a.from < b.from ? -1 : 1));
  return hashes.every(({ to }, i) => i === 0 || hashes[i - 1]!.to < to);
}

/** Warnings of what may be wrong in restored files, as sentences; none if nothing is relocated. */
export function doubtsOf(layers: readonly SourceLayer[]): string[] {
  const doubtful = relocatedClasses(layers, (one) => isDoubtful(one));
  const of = (verdict: Verdict) => doubtful.filter((one) => one.verdict === verdict).map(({ path }) => path);
  const [unknown, unsearched, named] = [of("unknown"), of("unsearched"), of("patched")];
  const sentences: string[] = [];
  if (unknown.length > 0) {
    const what =
      "relocated files of unknown format, which is wrong if they contain checksums or sorted lists";
    sentences.push(`${what}: ${someOf(unknown)}`);
  }
  if (unsearched.length > 0)
    sentences.push(
      `compressed files that cannot be searched may refer to an output of the restored build: ${someOf(unsearched)}`,
    );
  if (named.length > 0)
    sentences.push(
      `build IDs are still those of the restored build, since they are digests of its paths: ${someOf(named)}`,
    );
  return sentences;
}

function isDoubtful({ verdict, kind }: FileClass): boolean {
  return verdict === "unknown" || verdict === "unsearched" || kind === elfWithBuildId;
}

/** At most this many files are listed. */
const mostNamed = 3;

function someOf(paths: readonly ByteString[]): string {
  const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : "";
  return paths.slice(0, mostNamed).map(shown).join(", ") + more;
}

/** The classes of files in the layers' final tree that are relocated; none if the output hashes are the same. */
function relocatedClasses(
  layers: readonly SourceLayer[],
  wanted: (one: FileClass, layer: SourceLayer) => boolean,
): FileClass[] {
  const isRelocated = ({ patterns, replacements }: SourceLayer) =>
    patterns.some(({ bytes }, i) => bytes !== replacements[i]);
  if (!layers.some((layer) => isRelocated(layer) && layer.index.classes.some((one) => wanted(one, layer))))
    return [];
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const tree = flattenLayers(indexes);
  const found = indexes.flatMap(({ classes }, i) =>
    isRelocated(layers[i]!)
      ? classes.filter((one) => wanted(one, layers[i]!) && tree.get(one.path)?.layer === i)
      : [],
  );
  // The listed files must not depend on the order of names in a directory.
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Returns the layer paths, in this build's terms, of the files that relocation would change.
 * @throws PhaseCacheError `damaged`
 */
export function patchedIn(store: Store, refs: readonly LayerRef[], outputs: Outputs): ByteString[] {
  const verdicts = new Map<ByteString, Verdict>();
  for (const ref of refs) {
    const index = decodeIndex(readBlob(store, ref.index.digest, ref.index.size));
    const patterns = patternsOf(ref.outputs).map((bytes) => ({ bytes }));
    const { entries, classes } = relocateIndex(index, {
      patterns,
      replacements: replacements(ref.outputs, outputs),
    });
    for (const { path } of entries) verdicts.delete(path);
    for (const { path, verdict } of classes) verdicts.set(path, verdict);
  }
  return [...verdicts].filter(([, verdict]) => verdict !== "unsearched").map(([path]) => path);
}

function shown(path: ByteString): string {
  return printable(toText(unescapeNames(path)));
}

export function closeLayers(layers: readonly SourceLayer[]): void {
  for (const { fd } of layers) closeSync(fd);
}
