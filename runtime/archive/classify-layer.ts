import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { detailsOf, diskPath, type Root, type Tree } from "../tree/entry.ts";
import { beat } from "../util/beat.ts";
import type { ByteString } from "../util/bytes.ts";
import { classify, isSortedByHashes, sortedText } from "./classify.ts";
import { digestsOfFile } from "./digests.ts";
import type { FileClass } from "./file-class.ts";
import { headLength } from "./formats.ts";
import { confirmFamilies, type FormHit } from "./forms.ts";
import { glance, glanceAt } from "./glance.ts";
import { padded } from "./header.ts";
import { findInside, largest, type Unpackers } from "./inside.ts";
import type { LayerEntry, Relocation } from "./layer-index.ts";
import type { ForeignForms } from "./patterns.ts";
import { findReferences } from "./references.ts";
import { makeSearch } from "./search.ts";
import { hashLength } from "./tail.ts";
import { findTokens, type Token } from "./tokens.ts";

/** Longer lists are not looked at for their order. */
const largestList = 1 << 20;
/** What may be unpacked for one layer, in bytes: files that were changed last come first. */
const mostUnpacked = 256 << 20;

/** A layer that has been written, and what the search through its stream has found. */
export interface Searched {
  roots: readonly Root[];
  tree: Tree;
  entries: readonly LayerEntry[];
  /** Of each entry (see glance.ts); undefined for files with holes. */
  glances: readonly (number | undefined)[];
  /** Where something is replaced, by offset. */
  relocations: readonly Relocation[];
  /** Files in which it can't be told what is to be replaced. */
  doubtful: readonly ByteString[];
  formHits: readonly FormHit[];
  /** Where the name of the section stands that refers to a file with debug information. */
  debugLinks: readonly FormHit[];
  /** What looks like a digest from `tokensFrom` on: files before that have not been searched. */
  tokens: readonly Token[];
  tokensFrom: number;
  needles: readonly Uint8Array[];
  patterns: ForeignForms;
  tools: Unpackers;
  /** Nanoseconds since the epoch: what a phase made is newer. */
  since: bigint;
  /** Layer paths of files that earlier layers say will be relocated. */
  patchedBefore: () => Iterable<ByteString>;
}

/** Says of each file of a layer that names an output, or may do so, what relocation may do with it. */
export function classifyLayer(layer: Searched): FileClass[] {
  const classes = new Classes(layer);
  for (const path of layer.doubtful) classes.seal(path, "pieces");
  sealForms(layer, classes);
  classifyHits(layer, classes);
  searchObjects32(layer, classes);
  searchInside(layer, classes);
  sealDigests(layer, classes);
  sealReferences(layer, classes);
  return layer.entries.flatMap(({ path }) => classes.get(path) ?? []);
}

/** The classes that files have so far: the first reason to seal one stays. */
class Classes {
  readonly #layer: Searched;
  readonly #known = new Map<ByteString, FileClass>();

  constructor(layer: Searched) {
    this.#layer = layer;
  }

  get(path: ByteString): FileClass | undefined {
    return this.#known.get(path);
  }

  set(one: FileClass): void {
    if (this.get(one.path)?.verdict !== "sealed") this.#known.set(one.path, one);
  }

  seal(path: ByteString, kind: string): void {
    this.set({ path, verdict: "sealed", kind });
  }

  /** Files of this layer that relocation would change, with their sizes. */
  patched(): LayerEntry[] {
    return this.#layer.entries.filter(({ path }) => {
      const verdict = this.get(path)?.verdict;
      return verdict === "patched" || verdict === "unknown";
    });
  }
}

/** Walks entries and things with offsets in them side by side; those in a header belong to its entry. */
function* byEntry<T extends { offset: number }>(
  entries: readonly LayerEntry[],
  found: readonly T[],
): Generator<{ number: number; entry: LayerEntry; own: T[] }> {
  let next = 0;
  for (const [number, entry] of entries.entries()) {
    if (next === found.length) return;
    while (next < found.length && found[next]!.offset < entry.start) next++;
    const first = next;
    while (next < found.length && found[next]!.offset < entry.end) next++;
    if (next > first) yield { number, entry, own: found.slice(first, next) };
  }
}

/** Seals what holds a hash in a form that can't be replaced, and is no part of one that can. */
function sealForms({ entries, formHits, relocations, needles, patterns }: Searched, classes: Classes): void {
  const isApart = outside(relocations, needles);
  const length = ({ form }: FormHit) => patterns.forms[form]!.form.bytes.length;
  const own = [...formHits]
    .sort((a, b) => a.offset - b.offset)
    .filter((hit) => isApart(hit.offset, length(hit)));
  const isFamily = ({ form }: FormHit) => patterns.forms[form]!.form.family !== undefined;
  const sure = [
    ...own.filter((hit) => !isFamily(hit)),
    ...confirmFamilies(own.filter(isFamily), patterns.forms),
  ].sort((a, b) => a.offset - b.offset);
  for (const { entry, own: hits } of byEntry(entries, sure)) {
    const { kind } = patterns.forms[hits[0]!.form]!.form;
    classes.seal(entry.path, kind);
  }
}

/** Tells whether bytes touch nothing that is replaced. To be asked in the order of offsets. */
function outside(relocations: readonly Relocation[], needles: readonly Uint8Array[]) {
  let next = 0;
  const endOf = ({ offset, needle }: Relocation) => offset + needles[needle]!.length;
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
    beat();
    if (((layer.glances[number] ?? 0) & glance.text) !== 0) {
      classes.set({ path: entry.path, verdict: "patched", kind: kindOfText(layer, entry, own, hits) });
      continue;
    }
    const bytes = readWhole(layer, entry);
    if (bytes === null) classes.seal(entry.path, "file that changed");
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
  const isHash = ({ needle }: Relocation) => layer.needles[needle]!.length === hashLength;
  const hashes = new Set(own.filter(isHash).map(({ needle }) => needle));
  if (hashes.size < 2 || entry.size > largestList) return "text";
  const bytes = readWhole(layer, entry);
  return bytes !== null && isSortedByHashes(bytes, hits, hashLength) ? sortedText : "text";
}

/** A file's contents, or the beginning of a large one; null when they are no longer what the layer has. */
function readWhole({ roots, tree }: Searched, { path, size }: LayerEntry): Buffer | null {
  let fd: number;
  try {
    fd = openSync(diskPath(roots, path), "r");
  } catch {
    return null;
  }
  try {
    const { size: now, ctimeNs } = fstatSync(fd, { bigint: true });
    const [seconds, fraction] = detailsOf(tree.get(path)!).ctime.split(".");
    if (Number(now) !== size || ctimeNs !== BigInt(`${seconds}${fraction!.slice(0, 9)}`)) return null;
    if (size <= largest) return readFileSync(fd);
    const head = Buffer.alloc(headLength);
    readSync(fd, head, 0, headLength, 0);
    return head;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Code for 32-bit machines takes strings apart in four characters, which a search through everything would not bear. */
function searchObjects32(layer: Searched, classes: Classes): void {
  const { fourBytes } = layer.patterns;
  const search = makeSearch(fourBytes.map(({ form }) => Buffer.from(form.bytes, "latin1")));
  layer.entries.forEach((entry, number) => {
    if (((layer.glances[number] ?? 0) & glance.elf32) === 0 || entry.size > largest) return;
    const bytes = readWhole(layer, entry);
    if (bytes === null) return;
    const found = search(bytes);
    const start = entry.end - padded(entry.size);
    const isApart = outside(layer.relocations, layer.needles);
    const hits: FormHit[] = [];
    for (let i = 0; i < found.length; i += 2)
      if (isApart(start + found[i]!, 4)) hits.push({ offset: found[i]!, form: found[i + 1]! });
    if (confirmFamilies(hits, fourBytes).length > 0) classes.seal(entry.path, "pieces");
  });
}

/** Looks into what is packed, newest first, as far as the budget goes. */
function searchInside(layer: Searched, classes: Classes): void {
  const candidates = layer.entries.filter((entry, number) => isPacked(layer, entry, layer.glances[number]));
  if (candidates.length === 0) return;
  const search = makeSearch(layer.patterns.plain.map((bytes) => Buffer.from(bytes, "latin1")));
  const finds = (bytes: Buffer) => search(bytes).length > 0;
  const budget = { bytes: mostUnpacked };
  const newest = (a: LayerEntry, b: LayerEntry) => Number(BigInt(b.mtime) - BigInt(a.mtime));
  for (const entry of candidates.sort(newest)) {
    if (classes.get(entry.path)?.verdict === "sealed") continue;
    const isNew = BigInt(entry.mtime) >= layer.since;
    beat();
    const bytes = budget.bytes > 0 && entry.size <= largest ? readWhole(layer, entry) : null;
    const found = bytes === null ? "unsearched" : findInside(bytes, finds, layer.tools, budget, entry.path);
    if (found === null) continue;
    if (found === "unsearched") {
      if (isNew && !classes.get(entry.path))
        classes.set({ path: entry.path, verdict: "unsearched", kind: "packed data" });
    } else classes.seal(entry.path, `in ${kindOf(found.member)}`);
  }
}

/** Names of members are too many to be counted. */
function kindOf(member: string): string {
  return /^[A-Za-z0-9 ]{1,20}$/.test(member) ? member : "an archive";
}

function isPacked(layer: Searched, entry: LayerEntry, seen: number | undefined): boolean {
  if (entry.type !== "f" || entry.size === 0) return false;
  if (seen !== undefined && (seen & glance.partial) === 0)
    return (seen & glance.packed) !== 0 || /\.br$/.test(entry.path);
  let fd: number;
  try {
    fd = openSync(diskPath(layer.roots, entry.path), "r");
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(Math.min(headLength, entry.size));
    readSync(fd, head, 0, head.length, 0);
    if ((glanceAt(head, false) & glance.packed) !== 0 || head.toString("latin1", 1, 4) === "ELF") return true;
    const tail = Buffer.alloc(22);
    readSync(fd, tail, 0, 22, Math.max(0, entry.size - 22));
    return (glanceAt(tail, true) & glance.packed) !== 0;
  } finally {
    closeSync(fd);
  }
}

/** Seals what holds the digest of a file that is patched, in this layer or an earlier one. */
function sealDigests(layer: Searched, classes: Classes): void {
  const { entries, roots, tree } = layer;
  const here = classes.patched().map(({ path }) => path);
  const changed = new Set(entries.map(({ path }) => path));
  const before = [...layer.patchedBefore()].filter((path) => !changed.has(path) && tree.has(path));
  const patched = [...here, ...before];
  if (patched.length === 0) return;
  const wanted = new Map<string, { offset: number }[]>();
  for (const { offset, digest } of [...layer.tokens, ...earlyTokens(layer)]) {
    const places = wanted.get(digest);
    if (places === undefined) wanted.set(digest, [{ offset }]);
    else places.push({ offset });
  }
  if (wanted.size === 0) return;
  const lengths = new Set([...wanted.keys()].map(({ length }) => length / 2));
  const known = { has: (digest: string) => wanted.has(digest), lengths };
  const found = new Set<string>();
  for (const path of patched) {
    const { size } = detailsOf(tree.get(path)!);
    for (const digest of digestsOfFile(diskPath(roots, path), size, known)) found.add(digest);
  }
  const places = [...found].flatMap((digest) => wanted.get(digest)!);
  places.sort((a, b) => a.offset - b.offset);
  for (const { entry } of byEntry(entries, places)) classes.seal(entry.path, "digest");
}

/** Tokens of what had passed before it was known that there is something to have a digest of. */
function earlyTokens(layer: Searched): Token[] {
  const tokens: Token[] = [];
  for (const entry of layer.entries) {
    if (entry.start >= layer.tokensFrom) break;
    const texts: Uint8Array[] = [Buffer.from(`${entry.path}\0${entry.target}`, "latin1")];
    const bytes = entry.type === "f" ? readWhole(layer, entry) : null;
    if (bytes !== null) texts.push(bytes);
    beat();
    for (const text of texts)
      findTokens(text, true, true, ({ digest }) => tokens.push({ offset: entry.start, digest }));
  }
  return tokens;
}

/** Seals what holds a checksum of a patched file that no text of a digest shows. */
function sealReferences(layer: Searched, classes: Classes): void {
  const patched = () => new Set([...classes.patched().map(({ path }) => path), ...layer.patchedBefore()]);
  const sorted = [...layer.debugLinks].sort((a, b) => a.offset - b.offset);
  const debugLinks = [...byEntry(layer.entries, sorted)].map(({ number }) => number);
  for (const path of findReferences({
    ...layer,
    debugLinks,
    read: (entry) => readWhole(layer, entry),
    patched,
  }))
    classes.seal(path, "signature");
}
