import { readNixConfig } from "../../nix/config.ts";
import { findInstallation, type Installation } from "../../nix/installation.ts";
import { describeAccess } from "../../setup/access.ts";
import { type Made, makeStore } from "../../setup/make.ts";
import { appendSettings, type Settings, settingsFor } from "../../setup/settings.ts";
import { usualStore } from "../../store/layout.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand } from "../command.ts";
import { confirm } from "../ui/confirm.ts";
import { printDocument, warn } from "../ui/output.ts";

export const init = defineCommand({
  command: "init [directory]",
  describe: "Create a store for builds, and print the Nix settings that make it visible to them",
  examples: [
    ["init", "create the store, and print the settings for nix.conf on standard output"],
    ["init --write", "also add the settings to nix.conf; asks first"],
    ["init /data/phasecache", "in another directory"],
  ],
  arguments: {
    directory: { type: "string", describe: "Directory of the store, instead of --store" },
  },
  options: {
    write: { type: "boolean", default: false, describe: "Add the settings to Nix's configuration file" },
    yes: { alias: "y", type: "boolean", default: false, describe: "Do not ask for confirmation" },
  },
  handler: async ({ store, directory, json, write, yes }) => {
    const config = readNixConfig("user");
    const installation = findInstallation(config);
    if (write) requireWritable(installation);
    const made = makeStore(directory ?? store, installation);
    const settings = settingsFor(made.directory, config, installation);
    if (!json) reportMade(made);
    if (config.autoAllocateUids && installation.kind !== "single-user")
      warn("auto-allocate-uids gives each build its own group, which cannot use the store: disable it");
    const written = write && settings.lines.length > 0 && (await writeLines(settings, { json, yes }));
    if (json) printDocument(toDocument(made, installation, settings, written));
    else reportRest(made, settings, written);
  },
});

function requireWritable({ kind }: Installation): void {
  if (kind !== "nixos") return;
  throw new PhaseCacheError("usage", "NixOS generates nix.conf from the system's configuration", {
    hint: "omit --write to print the settings for configuration.nix",
  });
}

/** Shows the lines, asks, and adds them. */
async function writeLines({ file, lines }: Settings, { json, yes }: { json: boolean; yes: boolean }) {
  if (!json) say(`settings to add to ${file}:\n  ${lines.join("\n  ")}`);
  if (!yes && !(await confirm(`Change ${file}?`, "use -y to change it without asking")))
    throw new PhaseCacheError("refused", `${file} was not changed`);
  appendSettings(file, lines);
  return true;
}

function reportMade({ directory, outcome, access }: Made): void {
  const words = {
    made: `created ${directory} (${describeAccess(access)})`,
    changed: `changed ${directory} to ${describeAccess(access)}`,
    unchanged: `${directory} already exists with the right access`,
  };
  say(words[outcome]);
}

function reportRest({ directory }: Made, { file, lines, restart }: Settings, written: boolean): void {
  const open = lines.length > 0 && !written;
  if (lines.length === 0) say("builds see it: Nix's settings already include it");
  if (written) say(`added to ${file}`);
  if (open) {
    say(`to make it visible to builds, add to ${file}:`);
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (lines.length > 0 && restart !== null) say(`${open ? "then run" : "now run"}: ${restart}`);
  say(`then run \`phasecache doctor${storeOption(directory)}\` to check the setup`);
  const again = restart === null ? "" : `; ${restart}`;
  say(`to undo this: remove ${directory} from ${file}${again}; sudo rm -r ${directory}`);
}

/** Returns the option that other commands need to find the store. */
function storeOption(directory: string): string {
  return directory === usualStore ? "" : ` --store ${directory}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function toDocument(made: Made, { kind }: Installation, settings: Settings, written: boolean) {
  const { directory, outcome, access } = made;
  return { directory, outcome, access: describeAccess(access), installation: kind, ...settings, written };
}
