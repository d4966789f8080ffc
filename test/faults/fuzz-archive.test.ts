import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeIndex, encodeIndex } from "../../runtime/layer/index/codec.ts";
import { joinColumns, packNumbers } from "../../runtime/layer/index/columns.ts";
import { verdicts } from "../../runtime/layer/index/file-class.ts";
import { isDeferred, type LayerEntry, type LayerIndex } from "../../runtime/layer/index/layer-index.ts";
import { Patcher } from "../../runtime/layer/relocation/patch.ts";
import { EntryChecker } from "../../runtime/layer/restoring/entry-checker.ts";
import { formatHeader, padded, writeChecksum } from "../../runtime/layer/tar/header.ts";
import { TarReader } from "../../runtime/layer/tar/stream-reader.ts";
import { compressFrame } from "../../runtime/util/encoding/zstd.ts";
import { fuzz, mutated, orRejected } from "./harness/fuzz.ts";

const often = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 12) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });

const names = often(
  fc.constantFrom("build/a", "build/d/e", "outputs/out", "outputs/out/bin/x", `build/${"n".repeat(90)}`),
  fc.constantFrom("/evil", "../evil", "build/../evil", "build", "", "build//x", "build/\x1b[2J", "x"),
);
const contents = fc.string({ maxLength: 1500, unit: "binary-ascii" });

const records: fc.Arbitrary<(readonly string[])[]> = fc.array(
  often<readonly string[]>(
    fc.constantFrom(["path", "build/long"], ["mtime", "1.5"], ["linkpath", "build/a"], ["size", "3"]),
    fc.constantFrom(
      ["path", "/evil"],
      ["path", "build/\0x"],
      ["size", "999999999999999"],
      ["size", "-1"],
      ["mtime", "1e9"],
      ["SCHILY.xattr.user.x", "y"],
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.realsize", "99999999999"],
      ["GNU.sparse.name", "build/s"],
      ["GNU.sparse.map", "0,1"],
      ["comment", "x"],
    ),
  ),
  { maxLength: 3 },
);

/** Formats a record as `<length> <keyword>=<value>\n`, with `error` added to the length. */
function paxLine([keyword, value]: readonly string[], error: number): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length++;
  return `${length + error}${rest}`;
}

const lengthErrors = often(fc.constant(0), fc.constantFrom(1, -1, 512, -512, 2 ** 20, 2 ** 32), 30);

/** One file of a stream: optionally an extended header, then a header and the contents. Any of them may be invalid. */
const file = fc
  .record({
    name: names,
    type: often(
      fc.constantFrom("0", "0", "1", "2", "5", "6"),
      fc.constantFrom("3", "4", "7", "L", "S", "x", "g", "\0"),
    ),
    mode: often(fc.constantFrom(0o644, 0o755, 0o1777), fc.constantFrom(0o4755, 0o2755, 0o7777777)),
    link: often(fc.constant(""), fc.constantFrom("build/a", "../../evil", "/etc/passwd")),
    contents,
    pax: records,
    paxError: lengthErrors,
    sizeError: lengthErrors,
    overwritten: often(fc.constant(null), fc.tuple(fc.nat(511), fc.nat(255)), 20),
    checksumFixed: fc.boolean(),
  })
  .map(({ name, type, mode, link, contents, pax, paxError, sizeError, overwritten, checksumFixed }) => {
    const body = type === "0" ? contents : "";
    const target = type === "1" || type === "2" ? link || "build/a" : link;
    const size = Math.max(0, Math.min(0o77777777777, body.length + sizeError));
    const header = formatHeader({ name, mode, size, mtime: 1, type, link: target });
    if (overwritten !== null) {
      header[overwritten[0]] = overwritten[1];
      if (checksumFixed) writeChecksum(header);
    }
    const text = pax.map((record, i) => paxLine(record, i === 0 ? paxError : 0)).join("");
    const extended =
      text === ""
        ? []
        : [
            formatHeader({ name: "pax", mode: 0, size: text.length, mtime: 0, type: "x", link: "" }),
            block(text),
          ];
    return Buffer.concat([...extended, header, block(body)]);
  });

function block(text: string): Buffer {
  const bytes = Buffer.alloc(padded(text.length));
  bytes.write(text, "latin1");
  return bytes;
}

const stream = fc
  .tuple(fc.array(file, { maxLength: 4 }), often(fc.constant(1024), fc.constantFrom(0, 511, 100_000)))
  .map(([files, end]) => Buffer.concat([...files, Buffer.alloc(end)]));

/** Reads a stream in pieces. Returns the entries and the stream that the reader writes. */
function readStream(bytes: Buffer, pieces: readonly number[]) {
  const out: Buffer[] = [];
  const sink = {
    offset: 0,
    write(part: Uint8Array) {
      out.push(Buffer.from(part));
      this.offset += part.length;
    },
  };
  const reader = new TarReader(sink, new Map());
  let at = 0;
  for (const piece of [...pieces, bytes.length]) {
    reader.push(bytes.subarray(at, at + piece));
    at += piece;
  }
  reader.endStream();
  return { entries: reader.entries, stream: Buffer.concat(out) };
}

it("the tar reader parses a stream correctly or rejects it", () => {
  const inputs = fc.tuple(fc.oneof(stream, mutated(stream)), fc.array(fc.nat(1500), { maxLength: 5 }));
  fuzz("tar reader", inputs, 3_000, ([bytes, pieces]) => {
    const read = orRejected(() => readStream(bytes, pieces));
    if (read === null) return false;
    let end = 0;
    for (const entry of read.entries) {
      expect(entry.start).toBe(end);
      expect(entry.end % 512).toBe(0);
      expect(entry.path).toMatch(/^(build|outputs)\/(?!.*(^|\/)\.\.?(\/|$))/s);
      end = entry.end;
    }
    expect(read.stream.length).toBe(end);
    const again = readStream(Buffer.concat([read.stream, Buffer.alloc(1024)]), []);
    expect(again).toEqual(read);
    return true;
  });
});

/** Returns the part of a stream, checked frame by frame, that the checker passes on to tar. */
function checked(
  bytes: Buffer,
  entries: readonly LayerEntry[],
  isLeftOut: (entry: LayerEntry) => boolean,
): Buffer {
  const nothing = { patterns: [], replacements: [] };
  const checker = new EntryChecker(entries, new Patcher([], nothing), isLeftOut);
  return Buffer.concat(
    [0, 1024].flatMap((start) => {
      const end = start === 0 ? 1024 : bytes.length;
      const frame = Buffer.from(bytes.subarray(start, end));
      return [...checker.check({ bytes: frame, start })].map((run) => Buffer.from(run.bytes));
    }),
  );
}

it("the checker passes on to tar only what the index lists, however the stream was modified", () => {
  const change = fc.tuple(fc.nat(4000), fc.nat(255), fc.boolean());
  const inputs = fc.tuple(stream, fc.array(change, { maxLength: 3 }), fc.boolean());
  fuzz("entry checker", inputs, 3_000, ([bytes, changes, withoutDeferred]) => {
    const original = orRejected(() => readStream(bytes, []));
    if (original === null) return false;
    const layer = Buffer.concat([original.stream, Buffer.alloc(1024)]);
    for (const [at, value, fixChecksum] of changes) {
      if (at >= layer.length) continue;
      layer[at] = value;
      if (fixChecksum) writeChecksum(layer.subarray(at - (at % 512), at - (at % 512) + 512));
    }
    const isLeftOut = (entry: LayerEntry) => withoutDeferred && isDeferred(entry);
    const passed = orRejected(() => checked(layer, original.entries, isLeftOut));
    if (passed === null) return false;
    const { entries } = readStream(Buffer.concat([passed, Buffer.alloc(1024)]), []);
    const comparable = (list: LayerEntry[]) =>
      list.map(({ mtime: _, start, end, ...rest }) => ({ ...rest, length: end - start }));
    expect(comparable(entries)).toEqual(comparable(original.entries.filter((entry) => !isLeftOut(entry))));
    return true;
  });
});

it("the checker replaces the mode and the time of files, and nothing else", () => {
  const later = { mode: 0o600, mtime: "1500000000250000000" };
  const whole = { mode: 0o644, mtime: "1500000000000000000" };
  fuzz(
    "replaced headers",
    fc.tuple(stream, fc.constantFrom(later, whole, { mode: 0o600 })),
    2_000,
    ([bytes, metadata]) => {
      const original = orRejected(() => readStream(bytes, []));
      if (original === null || !original.entries.some(({ type }) => type === "f")) return false;
      const layer = Buffer.concat([original.stream, Buffer.alloc(1024)]);
      const changed = original.entries.map((entry) =>
        entry.type === "f" ? { ...entry, ...metadata, stored: entry } : entry,
      );
      const passed = orRejected(() => checked(layer, changed, () => false));
      if (passed === null) return false;
      const { entries, stream: again } = readStream(Buffer.concat([passed, Buffer.alloc(1024)]), []);
      const comparable = (list: LayerEntry[]) => list.map(({ start, end, stored, ...rest }) => rest);
      expect(comparable(entries)).toEqual(comparable(changed));
      for (const [i, { end, size }] of original.entries.entries()) {
        const body = (of: Buffer, to: number) => of.subarray(to - padded(size), to);
        if (changed[i]!.type === "f")
          expect(body(again, entries[i]!.end)).toEqual(body(original.stream, end));
      }
      return true;
    },
  );
});

const number = often(fc.nat(300), fc.constantFrom(2 ** 31, 2 ** 53 - 1, 512, 4 << 20));
const entry = fc.record({
  path: names,
  type: often(fc.constantFrom("f", "d", "p"), fc.constantFrom("l", "h")),
  mode: often(fc.nat(0o1777), fc.nat(0o77777)),
  size: number,
  mtime: fc.constantFrom("0", "1500000000250000000", "-1", "1"),
  target: fc.constantFrom("", "build/a"),
  blocks: fc.integer({ min: 1, max: 4 }),
});

const valid: fc.Arbitrary<LayerIndex> = fc
  .record({
    entries: fc.array(entry, { maxLength: 5 }),
    metadata: fc.array(entry, { maxLength: 2 }),
    removed: fc.array(names, { maxLength: 2 }),
    offsets: fc.array(fc.nat(511), { maxLength: 4 }),
    classes: fc.array(fc.tuple(fc.constantFrom(...verdicts), fc.constantFrom("text", "in gzip", "")), {
      maxLength: 5,
    }),
    slack: often(fc.constant(0), fc.constantFrom(-512, 512)),
  })
  .map(({ entries, metadata, removed, offsets, classes, slack }) => {
    let end = 0;
    const placed = entries.map(({ blocks, ...rest }) => {
      const start = end;
      end += 512 * blocks;
      const target = rest.type === "l" || rest.type === "h" ? rest.target || "build/a" : "";
      return { ...rest, type: rest.type as "f", target, start, end };
    });
    const frames = end + slack > 0 ? [{ packed: 100, plain: end + slack }] : [];
    const relocations = offsets.sort((a, b) => a - b).map((offset) => ({ offset, pattern: offset % 3 }));
    return {
      frames,
      entries: placed,
      metadata: metadata.map(({ path, mode, size, mtime }) => ({ path, mode, size, mtime })),
      removed: removed.filter((path) => path !== ""),
      relocations,
      classes: classes
        .map(([verdict, kind], i) => ({ path: placed[i]?.path ?? "", verdict, kind: kind || "ELF" }))
        .filter((_, i) => i < placed.length),
    };
  });

/** Indexes with arbitrary numbers and columns. */
const arbitrary = fc
  .tuple(
    fc.array(number, { minLength: 8, maxLength: 8 }).map((numbers) => numbers.with(0, 3 + (numbers[1]! % 2))),
    fc.array(fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.array(number, { maxLength: 4 }).map(packNumbers)), {
      minLength: 17,
      maxLength: 17,
    }),
  )
  .map(([numbers, columns]) => compressFrame(joinColumns(numbers, columns), 1));

it("the index decoder decodes an index correctly or rejects it", () => {
  const packed = valid.map((index) => encodeIndex(index));
  const inputs = fc.oneof(
    { weight: 4, arbitrary: packed },
    { weight: 2, arbitrary: mutated(packed) },
    arbitrary,
  );
  fuzz("index decoder", inputs, 2_000, (bytes) => {
    const index = orRejected(() => decodeIndex(bytes));
    if (index === null) return false;
    const size = index.frames.reduce((sum, { plain }) => sum + plain, 0);
    for (const { end } of index.entries) expect(end).toBeLessThanOrEqual(size);
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
    return true;
  });
});
