import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clearPin, listPins, readPin, setPin, takePin } from "../../runtime/store/pins.ts";
import { makeFolder, makeStore, quarantined } from "./example.ts";

const pin = { through: "buildPhase", sticky: false, created: 1000 };
const certain = { ...pin, id: "0123456789ab", sticky: true };

it("reads and lists pins, and replaces an existing one", () => {
  const store = makeStore();
  setPin(store, "hello", pin);
  setPin(store, "other", certain);
  expect(readPin(store, "hello")).toEqual(pin);
  expect(readPin(store, "other")).toEqual(certain);
  expect(readPin(store, "third")).toBeNull();
  expect(listPins(store)).toEqual(["hello", "other"]);
  setPin(store, "hello", certain);
  expect(readPin(store, "hello")).toEqual(certain);
});

it("applies to one build, unless it is sticky", () => {
  const store = makeStore();
  setPin(store, "hello", pin);
  setPin(store, "other", certain);
  expect([takePin(store, "hello"), takePin(store, "hello")]).toEqual([pin, null]);
  expect([takePin(store, "other"), takePin(store, "other")]).toEqual([certain, certain]);
});

it("no longer applies after it is cleared", () => {
  const store = makeStore();
  setPin(store, "hello", certain);
  expect([clearPin(store, "hello"), clearPin(store, "hello")]).toEqual([true, false]);
  expect(takePin(store, "hello")).toBeNull();
});

it.each([
  ["not JSON", "{"],
  ["a list", "[]"],
  ["null", "null"],
  ["without a phase", '{"sticky":false,"created":1}'],
  ["with a path for an id", '{"through":"a","id":"../x","sticky":false,"created":1}'],
  ["with a string for a boolean", '{"through":"a","sticky":"no","created":1}'],
  ["with a negative time", '{"through":"a","sticky":true,"created":-1}'],
  ["too large", `{"through":"${"a".repeat(20_000)}","sticky":true,"created":1}`],
])("reports once a damaged pin: %s", (_what, json) => {
  const store = makeStore();
  writeFileSync(join(store.base, "pins/hello"), json);
  expect(() => takePin(store, "hello")).toThrow(expect.objectContaining({ code: "damaged" }));
  expect(takePin(store, "hello")).toBeNull();
  expect(quarantined(store)).toEqual(["hello"]);
});

it("does not follow a symlink", () => {
  const store = makeStore();
  const outside = join(makeFolder(), "pin");
  writeFileSync(outside, JSON.stringify(pin));
  symlinkSync(outside, join(store.base, "pins/hello"));
  expect(() => readPin(store, "hello")).toThrow("not a regular file");
  expect(existsSync(outside)).toBe(true);
});

it.each(["../config.json", "", "a/b", ".."])("refuses %j as a package", (name) => {
  const store = makeStore();
  for (const act of [
    () => setPin(store, name, pin),
    () => readPin(store, name),
    () => clearPin(store, name),
  ]) {
    expect(act).toThrow(expect.objectContaining({ code: "usage" }));
  }
});

it("lists only valid package names", () => {
  const store = makeStore();
  mkdirSync(join(store.base, "pins/.hidden"));
  expect(listPins(store)).toEqual([]);
});
