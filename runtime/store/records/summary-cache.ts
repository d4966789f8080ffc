import { join } from "node:path";
import { list, object, text, whole } from "../../util/encoding/fields.ts";
import { damaged, PhaseCacheError, systemCode } from "../../util/error.ts";
import type { Digest } from "../../util/hash.ts";
import { writeIn } from "../fs/directory.ts";
import { readRegular } from "../fs/files.ts";
import type { Store } from "../layout.ts";
import { isId, isKey, isPackage } from "../layout.ts";

/** A snapshot in a listing. */
export interface Summary {
  id: string;
  key: string;
  package: string;
  name: string;
  phase: string;
  phaseIndex: number;
  created: number;
  failed: boolean;
  /** The numbers of its blobs, without duplicates. */
  blobs: readonly number[];
}

/** Numbers blobs: digests are long, and a listing only needs to know which blobs are equal. */
export interface Blobs {
  /** Bytes of each blob, by its number. */
  sizes: readonly number[];
  /** Returns the number of a blob, which may be new. */
  number(digest: Digest, size: number): number;
  /** Returns all digests, concatenated. */
  digests(): string;
}

const format = 1;
const largest = 64 * 1024 * 1024;
const maxRows = 1_000_000;
const digestLength = 64;

function cachePath(store: Store): string {
  return join(store.base, "stats", "listing");
}

export function emptyBlobs(): Blobs {
  return makeBlobs("", []);
}

/** Creates the numbering of `before`, which is split into digests only when a number is requested. */
function makeBlobs(before: string, sizes: number[]): Blobs {
  let numbers: Map<string, number> | null = null;
  const read = () => {
    const known = new Map<string, number>();
    for (let at = 0; at < before.length; at += digestLength)
      known.set(before.slice(at, at + digestLength), known.size);
    return known;
  };
  return {
    sizes,
    number: (digest, size) => {
      numbers ??= read();
      const found = numbers.get(digest);
      if (found !== undefined) return found;
      numbers.set(digest, sizes.length);
      return sizes.push(size) - 1;
    },
    digests: () => (numbers === null ? before : [...numbers.keys()].join("")),
  };
}

/** Reads the cache of an earlier listing; null if it is missing or unusable, which only costs time. */
export function readSummaryCache(store: Store): { known: Map<string, Summary>; blobs: Blobs } | null {
  try {
    const bytes = readRegular(cachePath(store), "it", largest);
    return bytes === null ? null : parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof PhaseCacheError || error instanceof SyntaxError || systemCode(error) !== undefined)
      return null;
    throw error;
  }
}

function parse(json: string): { known: Map<string, Summary>; blobs: Blobs } {
  const map = object(JSON.parse(json), "the cache");
  if (map.format !== format) throw damaged("the cache has another format");
  const digests = text(map.digests, "digests", largest);
  const sizes = list(map.sizes, "sizes", maxRows).map((size) => whole(size, "a size"));
  if (digests.length !== sizes.length * digestLength)
    throw damaged("the cache has different numbers of digests and sizes");
  const texts = list(map.texts, "texts", maxRows).map((one) => text(one, "a text", 4096));
  const known = new Map<string, Summary>();
  for (const row of list(map.rows, "rows", maxRows)) {
    const summary = parseRow(list(row, "a row", maxRows), texts, sizes.length);
    known.set(summary.id, summary);
  }
  return { known, blobs: makeBlobs(digests, sizes) };
}

function parseRow(row: readonly unknown[], texts: readonly string[], blobCount: number): Summary {
  const [id, key, packageAt, nameAt, phaseAt, phaseIndex, created, failed, ...blobs] = row;
  const at = (index: unknown) => texts[whole(index, "a text's number", texts.length - 1)]!;
  const packageName = at(packageAt);
  if (!isId(id) || !isKey(key) || !isPackage(packageName)) throw damaged("the cache has an invalid row");
  for (const blob of blobs) whole(blob, "a blob's number", blobCount - 1);
  return {
    id,
    key,
    package: packageName,
    name: at(nameAt),
    phase: at(phaseAt),
    phaseIndex: whole(phaseIndex, "phaseIndex"),
    created: whole(created, "created", 8.64e15),
    failed: failed === 1,
    blobs: blobs as number[],
  };
}

/** Writes the cache. Ignores system errors. */
export function writeSummaryCache(store: Store, summaries: readonly Summary[], blobs: Blobs): void {
  const texts = new Map<string, number>();
  const number = (one: string) => {
    const known = texts.get(one);
    if (known !== undefined) return known;
    texts.set(one, texts.size);
    return texts.size - 1;
  };
  const rows = summaries.map(({ id, key, phaseIndex, created, failed, ...one }) => {
    const names = [one.package, one.name, one.phase].map(number);
    return [id, key, ...names, phaseIndex, created, failed ? 1 : 0, ...one.blobs];
  });
  const { sizes } = blobs;
  const cache = { format, digests: blobs.digests(), sizes, texts: [...texts.keys()], rows };
  try {
    writeIn(store, ["stats"], "listing", Buffer.from(JSON.stringify(cache), "utf8"));
  } catch (error) {
    if (!(error instanceof PhaseCacheError) && systemCode(error) === undefined) throw error;
  }
}
