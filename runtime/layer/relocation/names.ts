import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { diskPath, type Root } from "../../tree/entry.ts";
import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { readsVariable } from "../../util/variable-use.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { padded } from "../tar/header.ts";

/** A name to search for in a layer's files. */
export interface WantedName {
  name: ByteString;
  /** Whether only programs count that read a variable of this name; otherwise every occurrence counts. */
  asVariable: boolean;
}

/** A file that uses one of the names. */
export interface NameUse {
  name: ByteString;
  /** Layer path. */
  path: ByteString;
}

/** An occurrence of a name in the tar stream; `name` is its number in the list. */
export interface NameHit {
  offset: number;
  name: number;
}

/**
 * Files that are no programs: Nix expressions name attributes without reading them; documentation and the like never
 * run.
 */
const noProgram =
  /\.(?:nix|md|markdown|mdx|txt|rst|adoc|asciidoc|org|tex|texi|texinfo|info|html?|xhtml|css|svg|pod|[1-9](?:[a-z]+)?|man|mdoc|po|pot|gmo|xlf|log|patch|diff|orig|rej|lock|csv|tsv|bib|ipynb)(?:\.in)?$|(?:^|\/)(?:ChangeLog|CHANGES|CHANGELOG|NEWS|README|AUTHORS|HISTORY|COPYING|LICENSE|THANKS|TODO|INSTALL)[^/]*$|(?:^|\/)\.(?:git|hg|svn)\//i;

/** Of larger files, only the surroundings of hits are read: programs are smaller; in bytes. */
const largest = 4 << 20;
/** Bytes read before and after a hit. */
const surroundings = 4096;

/**
 * Finds, for each name, the first file that uses it.
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
      if (!asVariable || (!noProgram.test(path) && usesVariable(diskPath(roots, path), size, name, places)))
        found.set(name, path);
    }
  }
  return [...found].map(([name, path]) => ({ name, path }));
}

function usesVariable(path: Buffer, size: number, name: ByteString, places: readonly number[]): boolean {
  try {
    if (size <= largest) return readsVariable(fromBytes(readFileSync(path)), name);
    const fd = openSync(path, "r");
    try {
      return places.some((place) => readsVariable(readAround(fd, place, name.length), name));
    } finally {
      closeSync(fd);
    }
  } catch {
    // An unreadable file counts as a use: that is the safe side.
    return true;
  }
}

function readAround(fd: number, place: number, length: number): ByteString {
  const from = Math.max(0, place - surroundings);
  const bytes = Buffer.alloc(place - from + length + surroundings);
  return fromBytes(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from)));
}
