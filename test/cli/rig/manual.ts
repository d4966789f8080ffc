import { type Command, exitStatuses, flagOf, listNamed, type Named } from "../../../runtime/cli/command.ts";
import { commands, globalOptions } from "../../../runtime/cli/registry.ts";
import { version } from "../../../runtime/util/version.ts";

const globals = listNamed(globalOptions);

/** `-y, --yes`, `--phase PHASE`. */
function optionNames({ name, alias, type, choices, default: usual }: Named): string {
  const long = type === "boolean" && usual === true ? `--[no-]${name}` : flagOf(name);
  const value = choices?.join("|") ?? { string: name.toUpperCase(), number: "N" }[String(type)];
  const short = alias === undefined ? "" : `-${String(alias)}, `;
  return `${short}${long}${value === undefined ? "" : ` ${value}`}`;
}

function meaning({ describe = "", default: usual, defaultDescription }: Named): string {
  const shown = defaultDescription ?? (typeof usual === "string" ? usual : undefined);
  return `${describe}${shown === undefined ? "" : ` (default: ${shown})`}`;
}

/** Each exit status with its meaning. */
const statuses = exitStatuses.map((text): [string, string] => {
  const [status, ...meaning] = text.split(" ");
  return [status!, meaning.join(" ")];
});

const names =
  "A snapshot is named by its ID or the beginning of it. PKG and PKG/PHASE mean the newest one whose phase succeeded; that of a failed phase has to be named by its ID, or with `shell --failed`.";

/** docs/cli.md. */
export function markdown(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const table = (head: string, rows: [string, string][]) =>
    rows.length === 0
      ? ""
      : `\n| ${head} | |\n| --- | --- |\n${rows.map(([a, b]) => `| \`${cell(a)}\` | ${cell(b)} |\n`).join("")}`;
  const section = ({ command, describe, details, examples, ...definition }: Command) =>
    [
      `\n## phasecache ${command}\n\n${describe}.\n${details === "" ? "" : `\n${details}\n`}`,
      table(
        "argument",
        listNamed(definition.arguments).map((one) => [one.name, meaning(one)]),
      ),
      table(
        "option",
        listNamed(definition.options).map((one) => [optionNames(one), meaning(one)]),
      ),
      `\n\`\`\`\n${examples.map(([line, words]) => `# ${words}\nphasecache ${line}\n`).join("")}\`\`\`\n`,
    ].join("");
  return [
    "# The phasecache command\n\nData goes to standard output, words to standard error. Each command has `--help`.\n",
    table(
      "command",
      commands.map(({ command, describe }) => [command, describe]),
    ),
    "\nEvery command takes these:\n",
    table(
      "option",
      globals.map((one) => [optionNames(one), meaning(one)]),
    ),
    table("exit status", statuses),
    `\n${names}\n`,
    "\nWhat `--json` prints is described in [schema/](schema); fields are only ever added.\n",
    ...commands.map(section),
  ].join("");
}

/** Text for roff: what it would take for a request, an escape or a hyphen is none. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&")
    .replace(
      /[^\n\x20-\x7e]/gu,
      (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

/** docs/phasecache.1. */
export function manPage(): string {
  const entries = (rows: [string, string][]) =>
    rows.map(([name, words]) => `.TP\n.B ${roff(name)}\n${roff(words)}\n`).join("");
  const section = ({ command, describe, details, examples, ...definition }: Command) =>
    [
      `.SS phasecache ${roff(command)}\n${roff(describe)}.\n${details === "" ? "" : `.PP\n${roff(details)}\n`}`,
      entries(listNamed(definition.arguments).map((one) => [one.name, meaning(one)])),
      entries(listNamed(definition.options).map((one) => [optionNames(one), meaning(one)])),
      ...examples.map(
        ([line, words]) => `.PP\n${roff(words)}:\n.PP\n.EX\n    phasecache ${roff(line)}\n.EE\n`,
      ),
    ].join("");
  return [
    `.\\" Made by the test of docs/; see test/cli/docs.test.ts.\n.TH PHASECACHE 1 "" "phasecache ${version}" "User Commands"\n`,
    ".SH NAME\nphasecache \\- look after the snapshots that phaseCacheHook makes\n",
    ".SH SYNOPSIS\n.B phasecache\n.RI [ options ]\n.I command\n.RI [ arguments ]\n",
    ".SH DESCRIPTION\n",
    "phaseCacheHook turns every stdenv phase of a Nix build into a checkpoint, in a store.\n",
    ".B phasecache\nlists, explains, compares and deletes what is in it.\n",
    `${roff(names)}\n`,
    `.SH OPTIONS\n${entries(globals.map((one) => [optionNames(one), meaning(one)]))}`,
    `.SH COMMANDS\n${commands.map(section).join("")}`,
    `.SH EXIT STATUS\n${entries(statuses)}`,
    ".SH ENVIRONMENT\n",
    entries([
      ["PHASECACHE_DIR", "The store, unless --store names it."],
      ["NO_COLOR", "No colours, unless --color asks for them."],
    ]),
  ].join("");
}
