import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { diskPath, type Root } from "../../tree/entry.ts";
import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { readsVariable } from "../../util/variable-use.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { padded } from "../tar/header.ts";

/** A name that is looked for in what a layer holds. */
export interface WantedName {
  name: ByteString;
  /** Whether only a program counts that reads a variable of this name; else the name counts wherever it stands. */
  asVariable: boolean;
}

/** A file that has one of the names. */
export interface NameUse {
  name: ByteString;
  /** Layer path. */
  path: ByteString;
}

/** Where a name may stand in the tar stream: its offset, and its place in the list of names. */
export interface NameHit {
  offset: number;
  name: number;
}

/** Nix expressions name attributes without reading them; documentation, translations and histories run nowhere. */
const noProgram =
  /\.(?:nix|md|markdown|mdx|txt|rst|adoc|asciidoc|org|tex|texi|texinfo|info|html?|xhtml|css|svg|pod|[1-9](?:[a-z]+)?|man|mdoc|po|pot|gmo|xlf|log|patch|diff|orig|rej|lock|csv|tsv|bib|ipynb)(?:\.in)?$|(?:^|\/)(?:ChangeLog|CHANGES|CHANGELOG|NEWS|README|AUTHORS|HISTORY|COPYING|LICENSE|THANKS|TODO|INSTALL)[^/]*$|(?:^|\/)\.(?:git|hg|svn)\//i;

/** Programs are smaller, in bytes: of a larger file only what is around a hit is looked at. */
const largest = 4 << 20;
const around = 4096;

/**
 * The first file for each name in which it counts.
 * @param hits by offset
 */
export function findNames(
  { roots, entries }: { roots: readonly Root[]; entries: readonly LayerEntry[] },
  names: readonly WantedName[],
  hits: readonly NameHit[],
): NameUse[] {
  const found = new Map<ByteString, ByteString>();
  let next = 0;
  for (const { path, size, end } of entries) {
    if (next === hits.length) break;
    const first = next;
    while (next < hits.length && hits[next]!.offset < end) next++;
    const start = end - padded(size);
    const own = hits
      .slice(first, next)
      .filter(({ offset, name }) => start <= offset && !found.has(names[name]!.name));
    if (own.length === 0) continue;
    for (const index of new Set(own.map(({ name }) => name))) {
      const { name, asVariable } = names[index]!;
      const places = own.filter((hit) => hit.name === index).map(({ offset }) => offset - start);
      if (!asVariable || (!noProgram.test(path) && readsIt(diskPath(roots, path), size, name, places)))
        found.set(name, path);
    }
  }
  return [...found].map(([name, path]) => ({ name, path }));
}

function readsIt(path: Buffer, size: number, name: ByteString, places: readonly number[]): boolean {
  try {
    if (size <= largest) return readsVariable(fromBytes(readFileSync(path)), name);
    const fd = openSync(path, "r");
    try {
      return places.some((place) => readsVariable(readAround(fd, place, name.length), name));
    } finally {
      closeSync(fd);
    }
  } catch {
    // What can't be read again can't be told: better once too often.
    return true;
  }
}

function readAround(fd: number, place: number, length: number): ByteString {
  const from = Math.max(0, place - around);
  const bytes = Buffer.alloc(place - from + length + around);
  return fromBytes(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from)));
}
