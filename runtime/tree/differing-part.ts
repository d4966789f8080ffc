const chunk = 1 << 16;
/** Fields of an entry in `find`'s output, each followed by a NUL: see `findFormat`. */
const fields = 4;

/** Where two outputs of `find` differ: the entries before `start`, and those from `endA` and `endB` on, are equal. */
interface DifferingPart {
  start: number;
  endA: number;
  endB: number;
  /** How many roots begin before `start`. */
  roots: number;
}

/**
 * Finds the part in which two outputs of `find` differ, at the granularity of entries.
 * @param alsoEnd whether to look for equal entries at the end, too
 */
export function differingPart(a: Buffer, b: Buffer, alsoEnd: boolean): DifferingPart {
  const { start, roots } = lastEntryBy(a, commonStart(a, b));
  const end = alsoEnd ? entriesIn(a, commonEnd(a, b, start)) : 0;
  return { start, endA: a.length - end, endB: b.length - end, roots };
}

function commonStart(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at + chunk <= most && a.compare(b, at, at + chunk, at, at + chunk) === 0) at += chunk;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

/** Returns how many bytes at the end are equal, not counting those before `start`. */
function commonEnd(a: Buffer, b: Buffer, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let length = 0;
  const isSame = (next: number) =>
    a.compare(b, b.length - next, b.length - length, a.length - next, a.length - length) === 0;
  while (length + chunk <= most && isSame(length + chunk)) length += chunk;
  while (length < most && a[a.length - length - 1] === b[b.length - length - 1]) length++;
  return length;
}

/** Returns where the last complete entry before `limit` ends, and how many of the entries up to there are roots. */
function lastEntryBy(bytes: Buffer, limit: number): { start: number; roots: number } {
  let [start, roots, count, found] = [0, 0, 0, 0];
  for (let i = 0; i < limit; i++) {
    if (bytes[i] !== 0) continue;
    count++;
    // A root has an empty path, the third field.
    if (count % fields === 3 && bytes[i - 1] === 0) found++;
    if (count % fields === 0) [start, roots] = [i + 1, found];
  }
  return { start, roots };
}

/** Returns how many of the last `limit` bytes are complete entries. */
function entriesIn(bytes: Buffer, limit: number): number {
  let [length, count] = [0, 0];
  for (let i = 1; i <= limit; i++) {
    if (bytes[bytes.length - i] !== 0) continue;
    // An entry begins after this byte.
    if (count % fields === 0) length = i - 1;
    count++;
  }
  return length;
}
