import { fromBytes, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import {
  damaged,
  joinColumns,
  mostNumbers,
  packNumbers,
  packTexts,
  splitColumns,
  unpackNumbers,
  unpackTexts,
  unzigzag,
  zigzag,
} from "./columns.ts";
import type { EntryType, Frame, LayerEntry, LayerIndex, Relocation } from "./layer-index.ts";
import { joinTime, splitTime } from "./mtime.ts";
import { isLayerPath } from "./paths.ts";
import { frameSize } from "./pool.ts";
import { compressFrame, decompressFrame } from "./zstd.ts";

/** The most bytes that an index takes before compression: enough for half a million files. */
const largest = 64 << 20;
const format = 2;

/**
 * The index as bytes: one zstd frame of columns (see `joinColumns`). Its numbers are the format's, the counts of
 * frames, entries, removed paths, relocations and sealed files, and the first entry's offset; entries follow each other
 * without gaps.
 * That offset and the entries' lengths are in units of 512 bytes; seconds and the relocations' offsets are differences
 * to the one before.
 * @throws PhaseCacheError `unsupported` when it is larger than `decodeIndex` takes
 */
export function encodeIndex({ frames, entries, removed, relocations, sealed }: LayerIndex): Uint8Array {
  const times = entries.map(({ mtime }) => splitTime(mtime));
  const steps = (values: number[]) => values.map((value, i) => value - (values[i - 1] ?? 0));
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
    packNumbers(relocations.map(({ needle }) => needle)),
    packTexts(sealed),
  ];
  const counts = [frames.length, entries.length, removed.length, relocations.length, sealed.length];
  const bytes = joinColumns([format, ...counts, (entries[0]?.start ?? 0) / 512], columns);
  if (bytes.length > largest || Math.max(...counts) > mostNumbers) {
    throw new PhaseCacheError("unsupported", `a layer of ${entries.length} files is too large`);
  }
  return compressFrame(bytes, 3);
}

function hasTarget({ type }: { type: EntryType }): boolean {
  return type === "l" || type === "h";
}

/**
 * An index whose offsets lie inside its frames and whose paths are layer paths. Nothing else is known of it: what it
 * says of the tar stream is not to be believed.
 * @throws PhaseCacheError `damaged`
 */
export function decodeIndex(bytes: Uint8Array): LayerIndex {
  const { numbers, columns } = splitColumns(decompressFrame(bytes, largest), 7, 14);
  const [version, frameCount, entryCount, removedCount, relocationCount, sealedCount, first] = numbers;
  if (version !== format) throw damaged("its format is unknown");
  const frames = unpackFrames(columns.slice(0, 2), frameCount!);
  const size = frames.reduce((sum, { plain }) => sum + plain, 0);
  const entries = unpackEntries(columns.slice(2, 10), entryCount!, first! * 512);
  const removed = unpackTexts(columns[10]!, removedCount!);
  const sealed = unpackTexts(columns[13]!, sealedCount!);
  if ((entries.at(-1)?.end ?? 0) > size) throw damaged("an entry ends after the layer does");
  if (![...entries.map(({ path }) => path), ...removed, ...sealed].every(isLayerPath))
    throw damaged("a path is wrong");
  return {
    frames,
    entries,
    removed,
    relocations: unpackRelocations(columns.slice(11, 13), relocationCount!, size),
    sealed,
  };
}

function unpackFrames([packed, plain]: Uint8Array[], count: number): Frame[] {
  const lengths = unpackNumbers(packed!, count);
  return unpackNumbers(plain!, count).map((length, i) => {
    // Headers then never lie across two frames.
    const whole =
      i === count - 1 ? length > 0 && length <= frameSize && length % 512 === 0 : length === frameSize;
    if (!whole) throw damaged("a frame has another size");
    return { packed: lengths[i]!, plain: length };
  });
}

function unpackEntries(columns: Uint8Array[], count: number, first: number): LayerEntry[] {
  const types = [...fromBytes(columns[0]!)] as EntryType[];
  if (types.length !== count || !types.every((type) => "fdlhp".includes(type)))
    throw damaged("a type is unknown");
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
    if (end === start || !Number.isSafeInteger(end)) throw damaged("an entry's length is wrong");
    if (modes![i]! > 0o1777) throw damaged("a mode is wrong");
    if (nanoseconds![i]! > 999_999_999 || !Number.isSafeInteger(second)) throw damaged("a time is wrong");
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

function unpackRelocations([offsets, needles]: Uint8Array[], count: number, size: number): Relocation[] {
  const numbers = unpackNumbers(needles!, count);
  let offset = 0;
  return unpackNumbers(offsets!, count).map((step, i) => {
    offset += step;
    if (offset >= size) throw damaged("a relocation lies outside the layer");
    return { offset, needle: numbers[i]! };
  });
}
