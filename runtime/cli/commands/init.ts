import { readNixConfig } from "../../nix/config.ts";
import { findInstallation, type Installation } from "../../nix/installation.ts";
import { describeAccess } from "../../setup/access.ts";
import { type Made, makeStore } from "../../setup/make.ts";
import { appendSettings, type Settings, settingsFor } from "../../setup/settings.ts";
import { usualStore } from "../../store/layout.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand } from "../command.ts";
import { isAgreed } from "../ui/confirm.ts";
import { printDocument, warn } from "../ui/output.ts";

export const init = defineCommand({
  command: "init [directory]",
  describe: "Make a store that builds can use, and print the settings that show it to them",
  examples: [
    ["init", "make it; the lines for nix.conf go to standard output"],
    ["init --write", "add the lines to nix.conf too; asks first"],
    ["init /data/phasecache", "in another place"],
  ],
  arguments: {
    directory: { type: "string", describe: "Where; else --store" },
  },
  options: {
    write: { type: "boolean", default: false, describe: "Add the lines to Nix's settings" },
    yes: { alias: "y", type: "boolean", default: false, describe: "Do not ask" },
  },
  handler: async ({ store, directory, json, write, yes }) => {
    const config = readNixConfig("user");
    const installation = findInstallation(config);
    if (write) requireWritable(installation);
    const made = makeStore(directory ?? store, installation);
    const settings = settingsFor(made.directory, config, installation);
    if (!json) sayMade(made);
    if (config.autoAllocateUids && installation.kind !== "single-user")
      warn("with auto-allocate-uids every build has a group of its own and can't use the store: turn it off");
    const written = write && settings.lines.length > 0 && (await writeLines(settings, { json, yes }));
    if (json) printDocument(toDocument(made, installation, settings, written));
    else sayRest(made, settings, written);
  },
});

function requireWritable({ kind }: Installation): void {
  if (kind !== "nixos") return;
  throw new PhaseCacheError("usage", "NixOS makes nix.conf from the system's configuration", {
    hint: "without --write the lines for configuration.nix are printed",
  });
}

/** Shows the lines, then adds them. */
async function writeLines({ file, lines }: Settings, { json, yes }: { json: boolean; yes: boolean }) {
  if (!json) say(`to be added to ${file}:\n  ${lines.join("\n  ")}`);
  if (!yes && !(await isAgreed(`Change ${file}?`, "-y changes it without asking")))
    throw new PhaseCacheError("refused", `${file} was not changed`);
  appendSettings(file, lines);
  return true;
}

function sayMade({ directory, outcome, access }: Made): void {
  const words = {
    made: `made ${directory} (${describeAccess(access)})`,
    changed: `${directory} was there; it now is ${describeAccess(access)}`,
    unchanged: `${directory} is there already, as it should be`,
  };
  say(words[outcome]);
}

function sayRest({ directory }: Made, { file, lines, restart }: Settings, written: boolean): void {
  const open = lines.length > 0 && !written;
  if (lines.length === 0) say("builds see it: Nix's settings have it already");
  if (written) say(`added to ${file}`);
  if (open) {
    say(`to show it to builds, add to ${file}:`);
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (lines.length > 0 && restart !== null) say(`${open ? "and then" : "now"}: ${restart}`);
  say(`then \`phasecache doctor${storeOption(directory)}\` tells whether all is well`);
  const again = restart === null ? "" : `; ${restart}`;
  say(`to undo all of it: take ${directory} out of ${file}${again}; sudo rm -r ${directory}`);
}

/** What the other commands need to find the store. */
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
