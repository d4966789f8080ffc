import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { configKeys, readConfig, writeConfig } from "../../runtime/store/config.ts";
import type { Store } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import { readPin, setPin } from "../../runtime/store/pins.ts";
import { decodeHeader, decodeRecord, encodeRecord } from "../../runtime/store/records/record.ts";
import { readUsage } from "../../runtime/store/size-log.ts";
import { readStats } from "../../runtime/store/stats.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { addLayer, makeRecord, makeStore } from "../store/example.ts";
import { fuzz, mutated, orRefused } from "./harness/fuzz.ts";

/** Any value that MessagePack has, and some that no record has. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(null, true, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 31), "", "x"),
    fc.constantFrom("../../evil", "\x1b]0;x\x07", "__proto__", "a".repeat(5000)),
    fc.uint8Array({ maxLength: 40 }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom("before", "after", "name", "__proto__", "constructor", "size"),
      tie("value"),
    ),
  ),
}));

/** Replaces some fields of a map. */
function disturbed(map: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  const change = fc.tuple(fc.constantFrom(...Object.keys(map)), value);
  return fc.array(change, { maxLength: 2 }).map((changes) => ({ ...map, ...Object.fromEntries(changes) }));
}

function section(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes, Buffer.from(sha256(bytes), "hex")]);
}

/** A record's own fields in the form in which a header is packed. */
function packedFields() {
  const { header, body } = makeRecord({ layers: [addLayer(makeStore(), "one")] });
  const binary = (hex: string) => Buffer.from(hex, "hex");
  const layers = header.layers.map((l) => [
    binary(l.digest),
    l.size,
    l.plainSize,
    l.entries,
    binary(l.index.digest),
    l.index.size,
    0,
  ]);
  const fields = { ...header, key: binary(header.key), layers, outputs: [Object.entries(header.outputs)] };
  return { header: fields, body: { ...body } };
}

/** A store that is gone after the test; in memory where that can be, since some writes wait for the disk. */
function makeFastStore(): Store {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "phasecache-fuzz-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return openStore(folder, { write: true });
}

it("the record reader takes no record for what it is not", () => {
  const { header, body } = packedFields();
  const parts = fc.tuple(disturbed(header), disturbed(body));
  const magic = Buffer.from("PHCACHE\x01", "latin1");
  const pack = (map: unknown) => encode(map, { ignoreUndefined: true });
  const whole = parts.map(([a, b]) => Buffer.concat([magic, section(pack(a)), section(pack(b))]));
  const sealed = parts
    .chain(([a, b]) => fc.tuple(mutated(fc.constant(pack(a))), fc.constant(pack(b))))
    .map(([a, b]) => Buffer.concat([magic, section(a), section(b)]));
  const inputs = fc.oneof(whole, sealed, mutated(whole));
  fuzz("record reader", inputs, 3_000, (bytes) => {
    const alone = orRefused(() => decodeHeader(bytes));
    const record = orRefused(() => decodeRecord(bytes));
    if (record === null) return false;
    expect(alone).toEqual(record.header);
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    return true;
  });
});

const words = fc.constantFrom(
  "10G",
  "-1",
  "1e9",
  "",
  "7d",
  "15m",
  "9".repeat(40),
  0,
  -1,
  1e300,
  5,
  null,
  true,
  [],
  {},
);

/** JSON of a map with these keys, or something like it. */
function documents(keys: readonly string[], values: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const map = fc.dictionary(fc.constantFrom(...keys, "__proto__", "x"), fc.oneof(values, fc.jsonValue()));
  const text = fc.oneof(map, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value)));
  return fc.oneof({ weight: 4, arbitrary: text }, mutated(text));
}

it("the configuration's reader always gives a configuration", () => {
  const store = makeFastStore();
  const usual = fc
    .record(
      { maxSize: fc.constantFrom("10G", "512M"), maxAge: fc.constantFrom("7d", "2w") },
      { requiredKeys: [] },
    )
    .map((map) => Buffer.from(JSON.stringify(map)));
  fuzz("configuration", fc.oneof(usual, documents(configKeys, words)), 1_000, (bytes) => {
    writeFileSync(join(store.base, "config.json"), bytes);
    const { config, problems } = readConfig(store);
    writeConfig(store, config);
    expect(readConfig(store)).toEqual({ config, problems: [] });
    return problems.length === 0;
  });
});

it("a pin is whole, or damaged", () => {
  const store = makeFastStore();
  const fields = fc.constantFrom(
    "buildPhase",
    "0123456789ab",
    true,
    1,
    8.64e15,
    8.65e15,
    -1,
    "x".repeat(5000),
  );
  const usual = fc
    .record({ through: fc.string(), sticky: fc.boolean(), created: fc.nat() })
    .map((pin) => Buffer.from(JSON.stringify(pin)));
  const inputs = fc.oneof(usual, documents(["through", "id", "sticky", "created"], fields));
  fuzz("pins", inputs, 1_000, (bytes) => {
    writeFileSync(join(store.base, "pins/hello"), bytes);
    const pin = orRefused(() => readPin(store, "hello"));
    if (pin === null) return false;
    setPin(store, "hello", pin);
    expect(readPin(store, "hello")).toEqual(pin);
    return true;
  });
});

it("statistics are numbers and times, whatever their lines are", () => {
  const store = makeFastStore();
  const numbers = fc.constantFrom(0, 1, -5, 1e300, 1.7e308, 8.64e15, 8.7e15, "hit", "miss", null);
  const keys = ["time", "kind", "reason", "package", "milliseconds", "bytes"];
  const usual = fc
    .record({
      time: numbers,
      kind: fc.constantFrom("hit", "miss", "save"),
      milliseconds: numbers,
      bytes: numbers,
    })
    .map((event) => Buffer.from(JSON.stringify(event)));
  const lines = fc.array(fc.oneof(usual, documents(keys, numbers)), { maxLength: 5 });
  fuzz("statistics", lines, 1_000, (all) => {
    const text = Buffer.concat(all.flatMap((line) => [line, Buffer.from("\n")]));
    writeFileSync(join(store.base, "stats/events/2026-01-02.jsonl"), text);
    const { first, sums } = readStats(store);
    if (first !== null) expect(new Date(first).toISOString()).toMatch(/^[+\d]/);
    for (const { milliseconds, bytes } of Object.values(sums)) {
      expect(Number.isFinite(milliseconds) && Number.isFinite(bytes)).toBe(true);
    }
    return first !== null;
  });
});

it("the size log gives a number or nothing", () => {
  const store = makeFastStore();
  const line = fc.constantFrom("5", "-5", "x", "999999999999999", "9".repeat(16), "1 2", "", "5.5");
  const first = fc.constantFrom("100 1000", "100", "100 1000 ", "999999999999999 1000", "\x00");
  const inputs = fc
    .tuple(first, fc.array(line, { maxLength: 4 }))
    .map(([a, b]) => Buffer.from(`${[a, ...b].join("\n")}\n`));
  fuzz("size log", fc.oneof(inputs, mutated(inputs)), 1_000, (bytes) => {
    writeFileSync(join(store.base, "stats/size"), bytes);
    const size = readUsage(store, 1000);
    if (size !== null) expect(Number.isFinite(size) && size >= 0).toBe(true);
    return size !== null;
  });
});
