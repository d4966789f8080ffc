import { detailsOf, diskPath } from "../../tree/entry.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { digestsOfFile } from "../relocation/digests.ts";
import { findTokens, type Token } from "../relocation/tokens.ts";
import { byEntry, type Classes, readWhole, type SearchedLayer } from "./searched-layer.ts";

/** Maximum number of bytes digested for one layer: half a gigabyte takes a few seconds. */
const maxDigested = 512 << 20;

/** Marks files as not relocatable that hold a digest of a patched file of this layer or an earlier one. */
export function markDigestReferences(layer: SearchedLayer, classes: Classes): void {
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
  let left = maxDigested;
  for (const path of patched) {
    const { size } = detailsOf(tree.get(path)!);
    left -= size;
    if (left < 0) break;
    for (const digest of digestsOfFile(diskPath(roots, path), size, known)) found.add(digest);
  }
  const places = [...found].flatMap((digest) => wanted.get(digest)!);
  places.sort((a, b) => a.offset - b.offset);
  for (const { entry } of byEntry(entries, places)) classes.markNotRelocatable(entry.path, "digest");
}

/** Finds tokens in the entries before `tokensFrom`, which the search through the stream has skipped. */
function earlyTokens(layer: SearchedLayer): Token[] {
  const tokens: Token[] = [];
  for (const entry of layer.entries) {
    if (entry.start >= layer.tokensFrom) break;
    const texts: Uint8Array[] = [Buffer.from(`${entry.path}\0${entry.target}`, "latin1")];
    const bytes = entry.type === "f" ? readWhole(layer, entry) : null;
    if (bytes !== null) texts.push(bytes);
    heartbeat();
    for (const text of texts)
      findTokens(text, true, true, ({ digest }) => tokens.push({ offset: entry.start, digest }));
  }
  return tokens;
}
