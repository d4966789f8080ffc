import { encode } from "@msgpack/msgpack";
import { expect, it } from "vitest";
import { packHeader } from "../../../runtime/store/records/header-codec.ts";
import {
  decodeHeader,
  decodeRecord,
  encodeRecord,
  headerSize,
} from "../../../runtime/store/records/record.ts";
import { PhaseCacheError } from "../../../runtime/util/error.ts";
import { sha256 } from "../../../runtime/util/hash.ts";
import { keyOf, makeRecord, outputs } from "../example.ts";

const layer = {
  digest: sha256("layer"),
  size: 10,
  plainSize: 40,
  entries: 2,
  index: { digest: sha256("index"), size: 5 },
  outputs,
};
const otherOutputs = {
  out: "/nix/store/11111111111111111111111111111111-hello-1.0",
  doc: "/nix/store/22222222222222222222222222222222-caf\xe9",
};
const initial = { digest: sha256("initial"), size: 7 };
const record = makeRecord({
  layers: [layer, { ...layer, outputs: otherOutputs }],
  initial,
  parent: "0123456789ab",
});

/** Encodes a record with other bytes as its header, and a correct checksum. */
function withHeader(header: Uint8Array): Buffer {
  const bytes = encodeRecord(record);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = bytes.subarray(headerSize(bytes));
  return Buffer.concat([bytes.subarray(0, 8), length, header, Buffer.from(sha256(header), "hex"), body]);
}

function withField(name: string, value: unknown): Buffer {
  return withHeader(encode({ ...unpacked, [name]: value }));
}

const unpacked = (() => {
  const { layers: _layers, outputs: _outputs, initial: _initial, key, ...plain } = record.header;
  return { ...plain, key: Buffer.from(key, "hex"), layers: [], outputs: [Object.entries(outputs)] };
})();

function isDamaged(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof PhaseCacheError && error.code === "damaged") return true;
    throw error;
  }
}

it("is encoded and decoded without loss", () => {
  expect(decodeRecord(encodeRecord(record))).toEqual(record);
});

it("keeps late inputs, and checks them", () => {
  const input = {
    path: "/nix/store/x",
    phase: 2,
    declared: true,
    provides: ["a"],
    modules: [],
    unseen: ["b"],
  };
  const late = [input, { ...input, phase: Number.POSITIVE_INFINITY }];
  const withLate = (inputs: object[]) =>
    encodeRecord({ ...record, body: { ...record.body, late: inputs as never } });
  expect(decodeRecord(withLate(late)).body.late).toEqual(late);
  for (const wrong of [{ phase: -1 }, { phase: null }, { declared: 1 }, { provides: [1] }, { unseen: "b" }])
    expect(isDamaged(() => decodeRecord(withLate([{ ...input, ...wrong }])))).toBe(true);
});

it("may lack the initial state, as in older versions", () => {
  expect(decodeHeader(withHeader(encode(unpacked))).initial).toBeNull();
  for (const wrong of [[], [Buffer.alloc(31), 1], [Buffer.alloc(32), -1], "initial"])
    expect(isDamaged(() => decodeHeader(withField("initial", wrong)))).toBe(true);
});

it("has a header that can be decoded alone", () => {
  const bytes = encodeRecord(record);
  expect(decodeHeader(bytes.subarray(0, headerSize(bytes)))).toEqual(record.header);
});

it("has a header smaller than a page with twenty layers", () => {
  const bytes = encodeRecord(makeRecord({ layers: Array.from({ length: 20 }, () => layer) }));
  expect(headerSize(bytes)).toBeLessThan(4096);
});

it("is damaged when any byte differs", () => {
  const bytes = encodeRecord(record);
  const unnoticed = [...bytes.keys()].filter((position) => {
    const flipped = Buffer.from(bytes);
    flipped[position]! ^= 1 << (position % 8);
    return !isDamaged(() => decodeRecord(flipped));
  });
  expect(unnoticed).toEqual([]);
});

it("is damaged when truncated anywhere, or when data follows", () => {
  const bytes = encodeRecord(record);
  const unnoticed = [...bytes.keys()].filter((end) => !isDamaged(() => decodeRecord(bytes.subarray(0, end))));
  expect(unnoticed).toEqual([]);
  expect(isDamaged(() => decodeRecord(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe(true);
});

it("is damaged when its body belongs to another snapshot", () => {
  const other = makeRecord({ key: keyOf("other") });
  expect(isDamaged(() => decodeRecord(encodeRecord({ header: record.header, body: other.body })))).toBe(true);
});

it("accepts the unchanged header of the tests below", () => {
  expect(decodeHeader(withHeader(encode(unpacked))).id).toBe(record.header.id);
  expect(decodeHeader(withHeader(packHeader(record.header)))).toEqual(record.header);
});

it.each<[string, unknown]>([
  ["format", 2],
  ["id", "../../../etc"],
  ["id", "0123456789AB"],
  ["key", record.header.key],
  ["key", new Uint8Array(31)],
  ["package", "../hello"],
  ["package", ".hidden"],
  ["package", ""],
  ["name", 5],
  ["name", "x".repeat(5000)],
  ["phaseIndex", -1],
  ["phaseIndex", 1.5],
  ["created", 1e17],
  ["duration", Number.NaN],
  ["total", "1"],
  ["failed", 0],
  ["parent", "parent"],
  ["layers", [[]]],
  ["layers", [[Buffer.alloc(32), -1, 1, 1, Buffer.alloc(32), 1, 0]]],
  ["layers", [[Buffer.alloc(32), 1, 1, 1, Buffer.alloc(32), 1, 1]]],
  ["layers", Array.from({ length: 1001 }, () => [])],
  ["outputs", []],
  ["outputs", [[["out", 1]]]],
  ["outputs", [[["out", "/nix/store/short-hello-1.0"]]]],
  ["runtimeVersion", null],
])("refuses a header with an invalid %s: case %#", (name, value) => {
  expect(isDamaged(() => decodeHeader(withField(name, value)))).toBe(true);
});

it("names the invalid field", () => {
  expect(() => decodeHeader(withField("phaseIndex", -1))).toThrow("phaseIndex");
});
