import { join } from "node:path";
import { object, text } from "../util/encoding/fields.ts";
import { damaged, PhaseCacheError } from "../util/error.ts";
import { ageText, parseAge, parseSize, sizeText } from "../util/units.ts";
import { writeIn } from "./fs/directory.ts";
import { readRegular } from "./fs/files.ts";
import type { Store } from "./layout.ts";

/** The store's settings, which apply to all its users. */
export interface Config {
  /** Maximum size of the store in bytes, which the hook enforces after a save. */
  maxSize: number;
  /** Milliseconds without use after which a snapshot is removed. */
  maxAge: number;
  /** zstd's compression level, 1 to 19. */
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
 * Parses the value of a setting.
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

/** Formats the value of a setting. The inverse of `parseSetting`. */
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

/** Reads the store's settings. Reports invalid and unknown settings as problems, and uses their defaults. */
export function readConfig(store: Store): { config: Config; problems: string[] } {
  const config = { ...defaults };
  const problems: string[] = [];
  let map: Readonly<Record<string, unknown>>;
  try {
    const bytes = readRegular(configPath(store), "it", largest);
    map = bytes === null ? {} : parse(bytes.toString("utf8"));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return { config, problems: [`ignoring ${configPath(store)}: ${error.message}`] };
  }
  for (const [name, value] of Object.entries(map)) {
    const key = configKeys.find((known) => known === name);
    try {
      if (key === undefined) throw new PhaseCacheError("usage", "unknown setting");
      config[key] = parseSetting(key, typeof value === "number" ? String(value) : text(value, "it", 100));
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      const instead = key === undefined ? "" : `; using ${settingText(key, defaults[key])} instead`;
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

/** Changes some settings. Writes values in human-readable units, since people read the file. */
export function writeConfig(store: Store, changes: Partial<Config>): void {
  const { config } = readConfig(store);
  const merged = { ...config, ...changes };
  const texts = Object.fromEntries(configKeys.map((key) => [key, settingText(key, merged[key])]));
  writeIn(store, [], "config.json", Buffer.from(`${JSON.stringify(texts, null, 2)}\n`));
}
