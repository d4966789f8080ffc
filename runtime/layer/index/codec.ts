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
import type { EntryType, Frame, LayerEntry, LayerIndex, MetadataEntry, Relocation } from "./layer-index.ts";
import { frameSize } from "./layer-index.ts";
import { joinTime, splitTime } from "./mtime.ts";
import { isLayerPath } from "./paths.ts";

/** Maximum size of an index before compression, in bytes: enough for half a million files. */
const largest = 64 << 20;
/** The format of indexes without metadata, and of those with metadata. */
const [plainFormat, metadataFormat] = [3, 4];
/** Maximum number of kinds of files in a layer, and of characters in the name of a kind. */
const maxKinds = 1000;
const longestKind = 100;

/**
 * Encodes an index as one zstd frame of columns (see `joinColumns`). The header's numbers are the format version, the
 * counts of frames, entries, removed paths, relocations, classes and kinds, and the first entry's offset; entries
 * follow each other without gaps. Metadata come first, as entries of another type without length. The offset and the
 * entries' lengths are in units of 512 bytes. Seconds, the relocations' offsets and the classes' entry numbers are stored
 * as differences to the previous one.
 * @throws PhaseCacheError `unsupported` when the index exceeds the limits of `decodeIndex`
 */
export function encodeIndex(index: LayerIndex): Uint8Array {
  const { frames, metadata, removed, relocations, classes } = index;
  const entries = rowsOf(index);
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
  const format = metadata.length === 0 ? plainFormat : metadataFormat;
  const bytes = joinColumns([format, ...counts, (index.entries[0]?.start ?? 0) / 512], columns);
  if (bytes.length > largest || Math.max(...counts) > maxNumbers) {
    throw new PhaseCacheError("unsupported", `a layer of ${entries.length} files is too large`);
  }
  return compressFrame(bytes, 3);
}

/** An entry in the columns: `m` is the type of metadata. */
type Row = Omit<LayerEntry, "type"> & { type: EntryType | "m" };

function rowsOf({ metadata, entries }: LayerIndex): readonly Row[] {
  if (metadata.length === 0) return entries;
  return [...metadata.map((one): Row => ({ ...one, type: "m", target: "", start: 0, end: 0 })), ...entries];
}

/** Returns the number of each class's entry. */
function numbersOf(classes: readonly FileClass[], entries: readonly Row[]): number[] {
  let next = 0;
  return classes.map(({ path }) => {
    while (next < entries.length && entries[next]!.path !== path) next++;
    if (next === entries.length) throw new Error("a class has no entry, or another order");
    return next++;
  });
}

function hasTarget({ type }: Pick<Row, "type">): boolean {
  return type === "l" || type === "h";
}

/**
 * Decodes an index. Guarantees only that its offsets lie inside its frames and that its paths are layer paths: what it
 * says about the tar stream must be checked against the stream.
 * @throws PhaseCacheError `damaged`
 */
export function decodeIndex(bytes: Uint8Array): LayerIndex {
  const { numbers, columns } = splitIndex(decompressFrame(bytes, largest));
  const [format, frameCount, rowCount, removedCount, relocationCount, classCount, kindCount, first] = numbers;
  const frames = unpackFrames(columns.slice(0, 2), frameCount!);
  const size = frames.reduce((sum, { plain }) => sum + plain, 0);
  const types = unpackTypes(columns[2]!, rowCount!, format === metadataFormat);
  const rows = unpackRows(types, columns.slice(3, 10), first! * 512);
  const metadata = rows.slice(0, types.lastIndexOf("m") + 1).map(metadataOf);
  const entries = rows.slice(metadata.length) as LayerEntry[];
  const removed = unpackTexts(columns[10]!, removedCount!);
  const kinds = unpackTexts(columns[16]!, kindCount!);
  if ((entries.at(-1)?.end ?? 0) > size) throw damagedIndex("an entry ends beyond the layer's end");
  if (![...metadata, ...entries].every(({ path }) => isLayerPath(path)) || !removed.every(isLayerPath))
    throw damagedIndex("a path is invalid");
  return {
    frames,
    entries,
    metadata,
    removed,
    relocations: unpackRelocations(columns.slice(11, 13), relocationCount!, size),
    classes: unpackClasses(columns.slice(13, 16), classCount!, kinds, { entries, first: metadata.length }),
  };
}

function splitIndex(bytes: Buffer): { numbers: number[]; columns: Uint8Array[] } {
  // The version is the first number in every format.
  const format = bytes.length > 4 ? bytes[4]! : plainFormat;
  if (format > 0 && format < plainFormat)
    throw damaged("an older version of phasecache saved it, without classifying its files");
  if (format > metadataFormat && format < 128) throw damaged("a newer version of phasecache saved it");
  const split = splitColumns(bytes, 8, 17);
  const isKnown = split.numbers[0] === plainFormat || split.numbers[0] === metadataFormat;
  if (!isKnown) throw damagedIndex("its format version is unknown");
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

function unpackTypes(column: Uint8Array, count: number, withMetadata: boolean): Row["type"][] {
  const text = fromBytes(column);
  if (text.length !== count || !(withMetadata ? /^m*[fdlhp]*$/ : /^[fdlhp]*$/).test(text))
    throw damagedIndex("an entry type is unknown, or in the wrong place");
  return [...text] as Row["type"][];
}

function unpackRows(types: readonly Row["type"][], columns: Uint8Array[], first: number): Row[] {
  const [modes, sizes, steps, nanoseconds] = columns
    .slice(0, 4)
    .map((column) => unpackNumbers(column, types.length));
  const paths = unpackTexts(columns[4]!, types.length);
  const targets = unpackTexts(columns[5]!, types.filter((type) => hasTarget({ type })).length);
  const lengths = unpackNumbers(columns[6]!, types.length);
  let [end, second, target] = [first, 0, 0];
  return types.map((type, i) => {
    const start = end;
    end += lengths[i]! * 512;
    second += unzigzag(steps![i]!);
    if ((end === start) !== (type === "m") || !Number.isSafeInteger(end))
      throw damagedIndex("an entry's length is invalid");
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

function metadataOf({ path, mode, size, mtime }: Row): MetadataEntry {
  return { path, mode, size, mtime };
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
  { entries, first }: { entries: readonly LayerEntry[]; first: number },
): FileClass[] {
  if (kinds.length > maxKinds || kinds.some(({ length }) => length > longestKind))
    throw damagedIndex("a kind is invalid");
  const steps = unpackNumbers(entrySteps!, count);
  const [ofVerdict, ofKind] = [unpackNumbers(verdictNumbers!, count), unpackNumbers(kindNumbers!, count)];
  let number = 0;
  return steps.map((step, i) => {
    if (i > 0 && step === 0) throw damagedIndex("a file has two classes");
    number += step;
    const [entry, verdict, kind] = [entries[number - first], verdicts[ofVerdict[i]!], kinds[ofKind[i]!]];
    if (entry === undefined || verdict === undefined || kind === undefined)
      throw damagedIndex("a class is invalid");
    return { path: entry.path, verdict, kind };
  });
}
