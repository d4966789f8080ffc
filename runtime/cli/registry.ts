import type { Options } from "yargs";
import { usualStore } from "../store/layout.ts";
import type { Command } from "./command.ts";
import { build } from "./commands/build.ts";
import { cat } from "./commands/cat.ts";
import { clear } from "./commands/clear.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { diff } from "./commands/diff.ts";
import { doctor } from "./commands/doctor.ts";
import { extract } from "./commands/extract.ts";
import { gc } from "./commands/gc.ts";
import { init } from "./commands/init.ts";
import { list } from "./commands/ls.ts";
import { prove } from "./commands/prove.ts";
import { resume } from "./commands/resume.ts";
import { shell } from "./commands/shell.ts";
import { show } from "./commands/show.ts";
import { stats } from "./commands/stats.ts";
import { verify } from "./commands/verify.ts";
import { why } from "./commands/why.ts";

/** The subcommands, in the order of the help. */
export const commands: readonly Command[] = [
  list,
  show,
  why,
  diff,
  cat,
  extract,
  shell,
  resume,
  gc,
  clear,
  verify,
  stats,
  config,
  build,
  prove,
  init,
  doctor,
  completion,
];

/** Returns the store's directory without `--store`. */
export function defaultStore(): string {
  return process.env.PHASECACHE_DIR ?? usualStore;
}

/** The options of every command. */
export const globalOptions = {
  store: {
    type: "string",
    requiresArg: true,
    describe: "Directory of the store; overrides PHASECACHE_DIR",
    default: defaultStore(),
    defaultDescription: usualStore,
  },
  json: { type: "boolean", describe: "Print one JSON document", default: false },
  quiet: { alias: "q", type: "boolean", describe: "Suppress warnings and progress", default: false },
  verbose: {
    alias: "v",
    type: "boolean",
    describe: "Print details and the causes of errors on standard error",
    default: false,
  },
  color: {
    choices: ["auto", "always", "never"],
    requiresArg: true,
    describe: "Use colours; auto: on a terminal unless NO_COLOR is set",
    default: "auto",
  },
} as const satisfies Record<string, Options>;
