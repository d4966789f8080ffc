import { closeSync, openSync, readSync } from "node:fs";
import { diskPath } from "../../tree/entry.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { largest } from "../formats/decoders.ts";
import { headLength } from "../formats/signatures.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { makeSearch } from "../relocation/search.ts";
import { contentFlag, contentFlagsOf } from "./content-flags.ts";
import { findInside } from "./inside.ts";
import { type Classes, readWhole, type SearchedLayer } from "./searched-layer.ts";

/** Maximum number of bytes unpacked for one layer. */
const maxUnpacked = 256 << 20;

/** Unpacks and searches archives and compressed files, newest first, within the budget. */
export function searchInside(layer: SearchedLayer, classes: Classes): void {
  const candidates = layer.entries.filter((entry, number) =>
    isPacked(layer, entry, layer.contentFlags[number]),
  );
  if (candidates.length === 0) return;
  const search = makeSearch(layer.foreign.plain.map((bytes) => Buffer.from(bytes, "latin1")));
  const finds = (bytes: Buffer) => search(bytes).length > 0;
  const budget = { bytes: maxUnpacked };
  const newest = (a: LayerEntry, b: LayerEntry) => Number(BigInt(b.mtime) - BigInt(a.mtime));
  for (const entry of candidates.sort(newest)) {
    if (classes.get(entry.path)?.verdict === "not-relocatable") continue;
    const isNew = BigInt(entry.mtime) >= layer.since;
    heartbeat();
    const bytes = budget.bytes > 0 && entry.size <= largest ? readWhole(layer, entry) : null;
    const found = bytes === null ? "unsearched" : findInside(bytes, finds, layer.tools, budget, entry.path);
    if (found === null) continue;
    if (found === "unsearched") {
      if (isNew && !classes.get(entry.path))
        classes.set({ path: entry.path, verdict: "unsearched", kind: "packed data" });
    } else classes.markNotRelocatable(entry.path, `in ${kindOf(found.member)}`);
  }
}

/** Returns the kind for a member's name. Names of files are replaced: the number of kinds is limited. */
function kindOf(member: string): string {
  return /^[A-Za-z0-9 ]{1,20}$/.test(member) ? member : "an archive";
}

function isPacked(layer: SearchedLayer, entry: LayerEntry, flags: number | undefined): boolean {
  if (entry.type !== "f" || entry.size === 0) return false;
  if (flags !== undefined && (flags & contentFlag.partial) === 0)
    return (flags & contentFlag.packed) !== 0 || entry.path.endsWith(".br");
  let fd: number;
  try {
    fd = openSync(diskPath(layer.roots, entry.path), "r");
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(Math.min(headLength, entry.size));
    readSync(fd, head, 0, head.length, 0);
    if ((contentFlagsOf(head, false) & contentFlag.packed) !== 0 || head.toString("latin1", 1, 4) === "ELF")
      return true;
    // The size of a zip archive's end record.
    const end = Buffer.alloc(22);
    readSync(fd, end, 0, 22, Math.max(0, entry.size - 22));
    return (contentFlagsOf(end, true) & contentFlag.packed) !== 0;
  } finally {
    closeSync(fd);
  }
}
