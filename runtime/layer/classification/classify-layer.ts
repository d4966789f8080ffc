import { heartbeat } from "../../util/heartbeat.ts";
import { hashLength } from "../../util/store-path.ts";
import { largest } from "../formats/decoders.ts";
import type { FileClass } from "../index/file-class.ts";
import { sortedText } from "../index/file-class.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import { confirmFamilies, type FormHit } from "../relocation/forms.ts";
import { makeSearch } from "../relocation/search.ts";
import { padded } from "../tar/header.ts";
import { findReferences } from "./checksum-references.ts";
import { classify, isSortedByHashes } from "./classify-file.ts";
import { searchInside } from "./compressed-files.ts";
import { markDigestReferences } from "./digest-references.ts";
import { glance } from "./glance.ts";
import { byEntry, Classes, readWhole, type Searched } from "./searched-layer.ts";

/** Longer lists are not looked at for their order. */
const largestList = 1 << 20;
/** Says of each file of a layer that names an output, or may do so, what relocation may do with it. */
export function classifyLayer(layer: Searched): FileClass[] {
  const classes = new Classes(layer);
  for (const path of layer.doubtful) classes.markNotRelocatable(path, "pieces");
  markForms(layer, classes);
  classifyHits(layer, classes);
  searchObjects32(layer, classes);
  searchInside(layer, classes);
  markDigestReferences(layer, classes);
  markChecksumReferences(layer, classes);
  return layer.entries.flatMap(({ path }) => classes.get(path) ?? []);
}

/** Marks as not relocatable what holds a hash in a form that can't be replaced, and is no part of one that can. */
function markForms({ entries, formHits, relocations, patterns, foreign }: Searched, classes: Classes): void {
  const isOutside = outside(relocations, patterns);
  const length = ({ form }: FormHit) => foreign.forms[form]!.form.bytes.length;
  const own = [...formHits]
    .sort((a, b) => a.offset - b.offset)
    .filter((hit) => isOutside(hit.offset, length(hit)));
  const isFamily = ({ form }: FormHit) => foreign.forms[form]!.form.family !== undefined;
  const sure = [
    ...own.filter((hit) => !isFamily(hit)),
    ...confirmFamilies(own.filter(isFamily), foreign.forms),
  ].sort((a, b) => a.offset - b.offset);
  for (const { entry, own: hits } of byEntry(entries, sure)) {
    const { kind } = foreign.forms[hits[0]!.form]!.form;
    classes.markNotRelocatable(entry.path, kind);
  }
}

/** Tells whether bytes touch nothing that is replaced. To be asked in the order of offsets. */
function outside(relocations: readonly Relocation[], patterns: readonly Uint8Array[]) {
  let next = 0;
  const endOf = ({ offset, pattern }: Relocation) => offset + patterns[pattern]!.length;
  return (offset: number, length: number) => {
    while (next < relocations.length && endOf(relocations[next]!) <= offset) next++;
    return next === relocations.length || offset + length <= relocations[next]!.offset;
  };
}

/** Classifies the regular files in whose contents something is to be replaced. */
function classifyHits(layer: Searched, classes: Classes): void {
  for (const { number, entry, own } of byEntry(layer.entries, layer.relocations)) {
    if (entry.type !== "f") continue;
    const start = entry.end - padded(entry.size);
    const hits = own.map(({ offset }) => offset - start).filter((offset) => offset >= 0);
    if (hits.length === 0) continue;
    heartbeat();
    if (((layer.glances[number] ?? 0) & glance.text) !== 0) {
      classes.set({ path: entry.path, verdict: "patched", kind: kindOfText(layer, entry, own, hits) });
      continue;
    }
    const bytes = readWhole(layer, entry);
    if (bytes === null) classes.markNotRelocatable(entry.path, "file that changed");
    else classes.set({ path: entry.path, ...classify(bytes, bytes.length === entry.size ? hits : [0]) });
  }
}

/** Text of several outputs may be sorted by their paths. */
function kindOfText(
  layer: Searched,
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

/** Code for 32-bit machines takes strings apart in four characters, which a search through everything would not bear. */
function searchObjects32(layer: Searched, classes: Classes): void {
  const { fourBytes } = layer.foreign;
  const search = makeSearch(fourBytes.map(({ form }) => Buffer.from(form.bytes, "latin1")));
  layer.entries.forEach((entry, number) => {
    if (((layer.glances[number] ?? 0) & glance.elf32) === 0 || entry.size > largest) return;
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

/** Marks as not relocatable what holds a checksum of a patched file that no text of a digest shows. */
function markChecksumReferences(layer: Searched, classes: Classes): void {
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
