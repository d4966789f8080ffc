/** Returns the Levenshtein distance: how many characters to insert, remove or replace to turn `b` into `a`. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Returns up to three of `names` that `text` may be a misspelling or the beginning of, closest first. */
export function suggest(text: string, names: Iterable<string>): string[] {
  const maxDistance = Math.max(1, Math.floor(text.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: name.startsWith(text) ? 1 : editDistance(text, name) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Returns a hint that names what `text` may be a misspelling of; undefined if nothing is close to it. */
export function didYouMean(text: string, names: Iterable<string>): string | undefined {
  const close = suggest(text, names);
  return close.length > 0 ? `did you mean ${close.join(" or ")}?` : undefined;
}
