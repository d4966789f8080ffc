import { fromBytes, toBytes } from "../../util/bytes.ts";
import { compressFrame, decompressFrame } from "../../util/encoding/zstd.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";
import {
  damagedIndex,
  joinColumns,
  maxNumbers,
  packNumbers,
  packTexts,
  splitColumns,
  unpackNumbers,
  unpackTexts,
  unzigzag,
  zigzag,
} from "./columns.ts";
import { type FileClass, verdicts } from "./file-class.ts";
import type { EntryType, Frame, LayerEntry, LayerIndex, Relocation } from "./layer-index.ts";
import { frameSize } from "./layer-index.ts";
import { joinTime, splitTime } from "./mtime.ts";
import { isLayerPath } from "./paths.ts";

/** Maximum size of an index before compression, in bytes: enough for half a million files. */
const largest = 64 << 20;
const format = 3;
/** Maximum number of kinds of files in a layer, and of characters in the name of a kind. */
const maxKinds = 1000;
const longestKind = 100;

/**
 * Encodes an index as one zstd frame of columns (see `joinColumns`). The header's numbers are the format version, the
 * counts of frames, entries, removed paths, relocations, classes and kinds, and the first entry's offset; entries
 * follow each other without gaps. This offset and the entries' lengths are in units of 512 bytes. Seconds, the
 * relocations' offsets and the classes' entry numbers are stored as differences to the previous one.
 * @throws PhaseCacheError `unsupported` when the index exceeds the limits of `decodeIndex`
 */
export function encodeIndex({ frames, entries, removed, relocations, classes }: LayerIndex): Uint8Array {
  const times = entries.map(({ mtime }) => splitTime(mtime));
  const steps = (values: number[]) => values.map((value, i) => value - (values[i - 1] ?? 0));
  const kinds = [...new Set(classes.map(({ kind }) => kind))];
  const columns = [
    packNumbers(frames.map(({ packed }) => packed)),
    packNumbers(frames.map(({ plain }) => plain)),
    toBytes(entries.map(({ type }) => type).join("")),
    packNumbers(entries.map(({ mode }) => mode)),
    packNumbers(entries.map(({ size }) => size)),
    packNumbers(steps(times.map(({ seconds }) => seconds)).map(zigzag)),
    packNumbers(times.map(({ nanoseconds }) => nanoseconds)),
    packTexts(entries.map(({ path }) => path)),
    packTexts(entries.filter(hasTarget).map(({ target }) => target)),
    packNumbers(entries.map(({ start, end }) => (end - start) / 512)),
    packTexts(removed),
    packNumbers(steps(relocations.map(({ offset }) => offset))),
    packNumbers(relocations.map(({ pattern }) => pattern)),
    packNumbers(steps(numbersOf(classes, entries))),
    packNumbers(classes.map(({ verdict }) => verdicts.indexOf(verdict))),
    packNumbers(classes.map(({ kind }) => kinds.indexOf(kind))),
    packTexts(kinds),
  ];
  const counts = [frames, entries, removed, relocations, classes, kinds].map(({ length }) => length);
  const bytes = joinColumns([format, ...counts, (entries[0]?.start ?? 0) / 512], columns);
  if (bytes.length > largest || Math.max(...counts) > maxNumbers) {
    throw new PhaseCacheError("unsupported", `a layer of ${entries.length} files is too large`);
  }
  return compressFrame(bytes, 3);
}

/** Returns the number of each class's entry. */
function numbersOf(classes: readonly FileClass[], entries: readonly LayerEntry[]): number[] {
  let next = 0;
  return classes.map(({ path }) => {
    while (next < entries.length && entries[next]!.path !== path) next++;
    if (next === entries.length) throw new Error("a class has no entry, or another order");
    return next++;
  });
}

function hasTarget({ type }: { type: EntryType }): boolean {
  return type === "l" || type === "h";
}

/**
 * Decodes an index. Guarantees only that its offsets lie inside its frames and that its paths are layer paths: what it
 * says about the tar stream must be checked against the stream.
 * @throws PhaseCacheError `damaged`
 */
export function decodeIndex(bytes: Uint8Array): LayerIndex {
  const { numbers, columns } = splitIndex(decompressFrame(bytes, largest));
  const [, frameCount, entryCount, removedCount, relocationCount, classCount, kindCount, first] = numbers;
  const frames = unpackFrames(columns.slice(0, 2), frameCount!);
  const size = frames.reduce((sum, { plain }) => sum + plain, 0);
  const entries = unpackEntries(columns.slice(2, 10), entryCount!, first! * 512);
  const removed = unpackTexts(columns[10]!, removedCount!);
  const kinds = unpackTexts(columns[16]!, kindCount!);
  if ((entries.at(-1)?.end ?? 0) > size) throw damagedIndex("an entry ends beyond the layer's end");
  if (![...entries.map(({ path }) => path), ...removed].every(isLayerPath))
    throw damagedIndex("a path is invalid");
  return {
    frames,
    entries,
    removed,
    relocations: unpackRelocations(columns.slice(11, 13), relocationCount!, size),
    classes: unpackClasses(columns.slice(13, 16), classCount!, kinds, entries),
  };
}

function splitIndex(bytes: Buffer): { numbers: number[]; columns: Uint8Array[] } {
  // The version is the first number in every format.
  if (bytes.length > 4 && bytes[4]! > 0 && bytes[4]! < format)
    throw damaged("an older version of phasecache saved it, without classifying its files");
  const split = splitColumns(bytes, 8, 17);
  if (split.numbers[0] !== format) throw damagedIndex("its format version is unknown");
  return split;
}

function unpackFrames([packed, plain]: Uint8Array[], count: number): Frame[] {
  const lengths = unpackNumbers(packed!, count);
  return unpackNumbers(plain!, count).map((length, i) => {
    // With these sizes no header crosses a frame boundary.
    const isValid =
      i === count - 1 ? length > 0 && length <= frameSize && length % 512 === 0 : length === frameSize;
    if (!isValid) throw damagedIndex("a frame has an invalid size");
    return { packed: lengths[i]!, plain: length };
  });
}

function unpackEntries(columns: Uint8Array[], count: number, first: number): LayerEntry[] {
  const types = [...fromBytes(columns[0]!)] as EntryType[];
  if (types.length !== count || !types.every((type) => "fdlhp".includes(type)))
    throw damagedIndex("an entry type is unknown");
  const [modes, sizes, steps, nanoseconds] = columns
    .slice(1, 5)
    .map((column) => unpackNumbers(column, count));
  const paths = unpackTexts(columns[5]!, count);
  const targets = unpackTexts(columns[6]!, types.filter((type) => hasTarget({ type })).length);
  const lengths = unpackNumbers(columns[7]!, count);
  let [end, second, target] = [first, 0, 0];
  return types.map((type, i) => {
    const start = end;
    end += lengths[i]! * 512;
    second += unzigzag(steps![i]!);
    if (end === start || !Number.isSafeInteger(end)) throw damagedIndex("an entry's length is invalid");
    if (modes![i]! > 0o1777) throw damagedIndex("a mode is invalid");
    if (nanoseconds![i]! > 999_999_999 || !Number.isSafeInteger(second))
      throw damagedIndex("a time is invalid");
    return {
      path: paths[i]!,
      type,
      mode: modes![i]!,
      size: sizes![i]!,
      mtime: joinTime(second, nanoseconds![i]!),
      target: hasTarget({ type }) ? targets[target++]! : "",
      start,
      end,
    };
  });
}

function unpackRelocations([offsets, patterns]: Uint8Array[], count: number, size: number): Relocation[] {
  const numbers = unpackNumbers(patterns!, count);
  let offset = 0;
  return unpackNumbers(offsets!, count).map((step, i) => {
    offset += step;
    if (offset >= size) throw damagedIndex("a relocation lies outside the layer");
    return { offset, pattern: numbers[i]! };
  });
}

function unpackClasses(
  [entrySteps, verdictNumbers, kindNumbers]: Uint8Array[],
  count: number,
  kinds: readonly string[],
  entries: readonly LayerEntry[],
): FileClass[] {
  if (kinds.length > maxKinds || kinds.some(({ length }) => length > longestKind))
    throw damagedIndex("a kind is invalid");
  const steps = unpackNumbers(entrySteps!, count);
  const [ofVerdict, ofKind] = [unpackNumbers(verdictNumbers!, count), unpackNumbers(kindNumbers!, count)];
  let number = 0;
  return steps.map((step, i) => {
    if (i > 0 && step === 0) throw damagedIndex("a file has two classes");
    number += step;
    const [entry, verdict, kind] = [entries[number], verdicts[ofVerdict[i]!], kinds[ofKind[i]!]];
    if (entry === undefined || verdict === undefined || kind === undefined)
      throw damagedIndex("a class is invalid");
    return { path: entry.path, verdict, kind };
  });
}
