import { join } from "node:path";
import { object, text } from "../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../util/error.ts";
import { ageText, parseAge, parseSize, sizeText } from "../util/units.ts";
import { writeIn } from "./fs/directory.ts";
import { readRegular } from "./fs/files.ts";
import type { Store } from "./layout.ts";

/** The store's own settings, for everybody who uses it. */
export interface Config {
  /** Bytes: what the hook keeps the store below after a save. */
  maxSize: number;
  /** Milliseconds after which a snapshot that nothing used goes. */
  maxAge: number;
  /** zstd's, 1 to 19. */
  compressionLevel: number;
}

export type ConfigKey = keyof Config;

export const defaults: Readonly<Config> = {
  maxSize: parseSize("20G"),
  maxAge: parseAge("30d"),
  compressionLevel: 1,
};

export const configKeys = Object.keys(defaults) as ConfigKey[];

const largest = 64 * 1024;

function configPath(store: Store): string {
  return join(store.base, "config.json");
}

/**
 * The number that a text gives to a setting.
 * @throws PhaseCacheError `usage`
 */
export function parseSetting(key: ConfigKey, value: string): number {
  switch (key) {
    case "maxSize":
      return parseSize(value);
    case "maxAge":
      return parseAge(value);
    case "compressionLevel":
      if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 19) return Number(value);
      throw new PhaseCacheError("usage", `${JSON.stringify(value)} is not a level from 1 to 19`);
  }
}

/** A setting as people write it: what `parseSetting` reads. */
export function settingText(key: ConfigKey, value: number): string {
  switch (key) {
    case "maxSize":
      return sizeText(value);
    case "maxAge":
      return ageText(value);
    case "compressionLevel":
      return String(value);
  }
}

/** The store's settings. A wrong or unknown one is named among the problems, and its default holds. */
export function readConfig(store: Store): { config: Config; problems: string[] } {
  const config = { ...defaults };
  const problems: string[] = [];
  let map: Readonly<Record<string, unknown>>;
  try {
    const bytes = readRegular(configPath(store), "it", largest);
    map = bytes === null ? {} : parse(bytes.toString("utf8"));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return { config, problems: [`${configPath(store)} is not used: ${error.message}`] };
  }
  for (const [name, value] of Object.entries(map)) {
    const key = configKeys.find((known) => known === name);
    try {
      if (key === undefined) throw new PhaseCacheError("usage", "there is no such setting");
      config[key] = parseSetting(key, typeof value === "number" ? String(value) : text(value, "it", 100));
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      const instead = key === undefined ? "" : `; ${settingText(key, defaults[key])} is used instead`;
      problems.push(`${name} in ${configPath(store)}: ${error.message}${instead}`);
    }
  }
  return { config, problems };
}

function parse(json: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(json), "it");
  } catch (error) {
    throw error instanceof PhaseCacheError ? error : damaged("it is not JSON", error);
  }
}

/** Changes settings; the others stay. Written the way people write them, since people read the file. */
export function writeConfig(store: Store, changes: Partial<Config>): void {
  const { config } = readConfig(store);
  const merged = { ...config, ...changes };
  const texts = Object.fromEntries(configKeys.map((key) => [key, settingText(key, merged[key])]));
  writeIn(store, [], "config.json", Buffer.from(`${JSON.stringify(texts, null, 2)}\n`));
}
