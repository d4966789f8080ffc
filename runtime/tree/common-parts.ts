const chunk = 1 << 16;
/** Fields of an entry in `find`'s answer, each with a NUL behind it: see `findFormat`. */
const fields = 4;

/** In what two of `find`'s answers differ: the entries before `start` and those from `endA` and `endB` on are the same. */
export interface DifferingPart {
  start: number;
  endA: number;
  endB: number;
  /** How many roots begin before `start`. */
  roots: number;
}

/** @param alsoEnd whether to look for what they have in common at their ends */
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

/** How many bytes at the ends are the same, `start` and what is before it aside. */
function commonEnd(a: Buffer, b: Buffer, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let length = 0;
  const isSame = (next: number) =>
    a.compare(b, b.length - next, b.length - length, a.length - next, a.length - length) === 0;
  while (length + chunk <= most && isSame(length + chunk)) length += chunk;
  while (length < most && a[a.length - length - 1] === b[b.length - length - 1]) length++;
  return length;
}

/** Where the last entry ends that lies before `limit`, and how many of the entries before it are roots. */
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

/** How many of the last `limit` bytes are whole entries. */
function entriesIn(bytes: Buffer, limit: number): number {
  let [length, count] = [0, 0];
  for (let i = 1; i <= limit; i++) {
    if (bytes[bytes.length - i] !== 0) continue;
    // Behind this one an entry begins.
    if (count % fields === 0) length = i - 1;
    count++;
  }
  return length;
}
