import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  configKeys,
  defaults,
  parseSetting,
  readConfig,
  settingText,
  writeConfig,
} from "../../runtime/store/config.ts";
import { day, makeStore } from "./example.ts";

it("has defaults", () => {
  expect(readConfig(makeStore())).toEqual({
    config: { maxSize: 20 * 1024 ** 3, maxAge: 30 * day, compressionLevel: 1 },
    problems: [],
  });
});

it("stores settings in human-readable units", () => {
  const store = makeStore();
  writeConfig(store, { maxSize: 5 * 1024 ** 3 });
  writeConfig(store, { compressionLevel: 3 });
  expect(readConfig(store).config).toEqual({ ...defaults, maxSize: 5 * 1024 ** 3, compressionLevel: 3 });
  const written = JSON.parse(readFileSync(join(store.base, "config.json"), "utf8"));
  expect(written).toEqual({ maxSize: "5G", maxAge: "30d", compressionLevel: "3" });
});

it("accepts numbers for sizes and levels", () => {
  const store = makeStore();
  writeFileSync(join(store.base, "config.json"), '{"maxSize": 1000, "compressionLevel": 5}');
  expect(readConfig(store)).toEqual({
    config: { ...defaults, maxSize: 1000, compressionLevel: 5 },
    problems: [],
  });
});

it.each([
  ["maxSize", "-1"],
  ["maxSize", "much"],
  ["maxSize", ["20G"]],
  ["maxAge", "5m"],
  ["maxAge", 7],
  ["compressionLevel", 0],
  ["compressionLevel", 20],
  ["compressionLevel", 1.5],
  ["maxAge", null],
])("reports an invalid %s (%j), and uses the default", (name, value) => {
  const store = makeStore();
  writeFileSync(join(store.base, "config.json"), JSON.stringify({ [name]: value }));
  const { config, problems } = readConfig(store);
  expect(config).toEqual(defaults);
  expect(problems).toEqual([expect.stringMatching(`^${name} in .*config\\.json: .*; using \\S+ instead$`)]);
});

it("reports unknown settings", () => {
  const store = makeStore();
  writeFileSync(join(store.base, "config.json"), '{"maxsize": "1G", "__proto__": 1}');
  const { config, problems } = readConfig(store);
  expect(config).toEqual(defaults);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain("maxsize in");
});

it.each(["{", "[]", "1", ""])("uses the defaults when the file is %j", (text) => {
  const store = makeStore();
  writeFileSync(join(store.base, "config.json"), text);
  expect(readConfig(store)).toEqual({ config: defaults, problems: [expect.stringMatching(/^ignoring /)] });
});

it("uses the defaults when it is a directory", () => {
  const store = makeStore();
  mkdirSync(join(store.base, "config.json"));
  expect(readConfig(store).problems).toHaveLength(1);
});

it.each(configKeys)("parses %s as it is formatted", (key) => {
  expect(parseSetting(key, settingText(key, defaults[key]))).toBe(defaults[key]);
});
