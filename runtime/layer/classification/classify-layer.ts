import { heartbeat } from "../../util/heartbeat.ts";
import { hashLength } from "../../util/store-path.ts";
import { largest } from "../formats/decoders.ts";
import type { FileClass } from "../index/file-class.ts";
import { changedFile, sortedText } from "../index/file-class.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import { confirmFamilies, type FormHit } from "../relocation/forms.ts";
import { makeSearch } from "../relocation/search.ts";
import { padded } from "../tar/header.ts";
import { findReferences } from "./checksum-references.ts";
import { classify, isSortedByHashes } from "./classify-file.ts";
import { searchInside } from "./compressed-files.ts";
import { contentFlag } from "./content-flags.ts";
import { markDigestReferences } from "./digest-references.ts";
import { byEntry, Classes, readWhole, type SearchedLayer } from "./searched-layer.ts";

/** Texts up to this size are checked for sorted lines, in bytes. */
const largestList = 1 << 20;

/** Classifies each file of a layer that names an output, or may do so. */
export function classifyLayer(layer: SearchedLayer): FileClass[] {
  const classes = new Classes(layer);
  for (const path of layer.unclassified) classes.markNotRelocatable(path, "pieces");
  markForms(layer, classes);
  classifyHits(layer, classes);
  searchObjects32(layer, classes);
  searchInside(layer, classes);
  markDigestReferences(layer, classes);
  markChecksumReferences(layer, classes);
  return layer.entries.flatMap(({ path }) => classes.get(path) ?? []);
}

/**
 * Marks files as not relocatable that hold a hash in another form, unless it is part of a hash that can be replaced.
 */
function markForms(
  { entries, formHits, relocations, patterns, foreign }: SearchedLayer,
  classes: Classes,
): void {
  const isOutside = outside(relocations, patterns);
  const length = ({ form }: FormHit) => foreign.forms[form]!.form.bytes.length;
  const own = [...formHits]
    .sort((a, b) => a.offset - b.offset)
    .filter((hit) => isOutside(hit.offset, length(hit)));
  const isFamily = ({ form }: FormHit) => foreign.forms[form]!.form.family !== undefined;
  const confirmed = [
    ...own.filter((hit) => !isFamily(hit)),
    ...confirmFamilies(own.filter(isFamily), foreign.forms),
  ].sort((a, b) => a.offset - b.offset);
  for (const { entry, own: hits } of byEntry(entries, confirmed)) {
    const { kind } = foreign.forms[hits[0]!.form]!.form;
    classes.markNotRelocatable(entry.path, kind);
  }
}

/** Returns a predicate: whether a range overlaps no relocation. It must be called in the order of offsets. */
function outside(relocations: readonly Relocation[], patterns: readonly Uint8Array[]) {
  let next = 0;
  const endOf = ({ offset, pattern }: Relocation) => offset + patterns[pattern]!.length;
  return (offset: number, length: number) => {
    while (next < relocations.length && endOf(relocations[next]!) <= offset) next++;
    return next === relocations.length || offset + length <= relocations[next]!.offset;
  };
}

/** Classifies the regular files with relocations in their contents. */
function classifyHits(layer: SearchedLayer, classes: Classes): void {
  for (const { number, entry, own } of byEntry(layer.entries, layer.relocations)) {
    if (entry.type !== "f") continue;
    const start = entry.end - padded(entry.size);
    const hits = own.map(({ offset }) => offset - start).filter((offset) => offset >= 0);
    if (hits.length === 0) continue;
    heartbeat();
    if (((layer.contentFlags[number] ?? 0) & contentFlag.text) !== 0) {
      classes.set({ path: entry.path, verdict: "patched", kind: kindOfText(layer, entry, own, hits) });
      continue;
    }
    const bytes = readWhole(layer, entry);
    if (bytes === null) classes.markNotRelocatable(entry.path, changedFile);
    else classes.set({ path: entry.path, ...classify(bytes, bytes.length === entry.size ? hits : [0]) });
  }
}

/** Returns the kind of a text file: one that names several outputs may be sorted by their paths. */
function kindOfText(
  layer: SearchedLayer,
  entry: LayerEntry,
  own: readonly Relocation[],
  hits: readonly number[],
): string {
  const isHash = ({ pattern }: Relocation) => layer.patterns[pattern]!.length === hashLength;
  const hashes = new Set(own.filter(isHash).map(({ pattern }) => pattern));
  if (hashes.size < 2 || entry.size > largestList) return "text";
  const bytes = readWhole(layer, entry);
  return bytes !== null && isSortedByHashes(bytes, hits, hashLength) ? sortedText : "text";
}

/**
 * Searches 32-bit objects for pieces of four characters, into which their code splits strings. In a search of all
 * files, such short patterns would match too often.
 */
function searchObjects32(layer: SearchedLayer, classes: Classes): void {
  const { fourBytes } = layer.foreign;
  const search = makeSearch(fourBytes.map(({ form }) => Buffer.from(form.bytes, "latin1")));
  layer.entries.forEach((entry, number) => {
    if (((layer.contentFlags[number] ?? 0) & contentFlag.elf32) === 0 || entry.size > largest) return;
    const bytes = readWhole(layer, entry);
    if (bytes === null) return;
    const found = search(bytes);
    const start = entry.end - padded(entry.size);
    const isOutside = outside(layer.relocations, layer.patterns);
    const hits: FormHit[] = [];
    for (let i = 0; i < found.length; i += 2)
      if (isOutside(start + found[i]!, 4)) hits.push({ offset: found[i]!, form: found[i + 1]! });
    if (confirmFamilies(hits, fourBytes).length > 0) classes.markNotRelocatable(entry.path, "pieces");
  });
}

/** Marks files as not relocatable that hold a checksum of a patched file in a binary form. */
function markChecksumReferences(layer: SearchedLayer, classes: Classes): void {
  const patched = () => new Set([...classes.patched().map(({ path }) => path), ...layer.patchedBefore()]);
  const sorted = [...layer.debugLinks].sort((a, b) => a.offset - b.offset);
  const debugLinks = [...byEntry(layer.entries, sorted)].map(({ number }) => number);
  for (const path of findReferences({
    ...layer,
    debugLinks,
    read: (entry) => readWhole(layer, entry),
    patched,
  }))
    classes.markNotRelocatable(path, "signature");
}
