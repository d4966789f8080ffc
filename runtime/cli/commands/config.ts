import {
  type Config,
  type ConfigKey,
  configKeys,
  defaults,
  parseSetting,
  readConfig,
  settingText,
  writeConfig,
} from "../../store/config.ts";
import { openStore } from "../../store/open.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { didYouMean } from "../../util/suggest.ts";
import { defineCommand } from "../command.ts";
import { printDocument, warn } from "../ui/output.ts";
import { formatTable } from "../ui/table.ts";

export const config = defineCommand({
  command: "config [key] [value]",
  describe: "Show or change the store's settings, which apply to all its users",
  examples: [
    ["config", "all settings"],
    ["config maxSize 50G", "set the size limit"],
  ],
  arguments: {
    key: { type: "string", describe: configKeys.join(", ") },
    value: {
      type: "string",
      describe: "50G for a size, 30d for an age, a number for a level",
    },
  },
  handler: ({ store: directory, json, key: name, value: text }) => {
    const key = name === undefined ? undefined : knownKey(name);
    if (key !== undefined && text !== undefined) {
      const value = parseSetting(key, text);
      // Limits can be set before the first build creates the store in the directory.
      writeConfig(openStore(directory, { write: true }), { [key]: value });
    }
    const { config, problems } = readConfig(openStore(directory, { write: false }));
    for (const problem of problems) warn(problem);
    if (json) printDocument({ settings: toDocument(config, key) });
    else if (key !== undefined) process.stdout.write(`${settingText(key, config[key])}\n`);
    else process.stdout.write(toText(config));
  },
});

function knownKey(name: string): ConfigKey {
  const key = configKeys.find((one) => one === name);
  if (key !== undefined) return key;
  const hint = didYouMean(name, configKeys) ?? `known settings: ${configKeys.join(", ")}`;
  throw new PhaseCacheError("usage", `unknown setting ${JSON.stringify(name)}`, { hint });
}

function toText(config: Config): string {
  const rows = configKeys.map((key) => [key, settingText(key, config[key]), settingText(key, defaults[key])]);
  return formatTable([{ heading: "SETTING" }, { heading: "VALUE" }, { heading: "DEFAULT" }], rows);
}

/** Sizes are bytes, ages milliseconds. */
function toDocument(config: Config, only: ConfigKey | undefined) {
  const shown = configKeys.filter((key) => only === undefined || key === only);
  return Object.fromEntries(shown.map((key) => [key, { value: config[key], default: defaults[key] }]));
}
