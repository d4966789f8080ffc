import type { CommandModule, Options } from "yargs";
import { usualStore } from "../store/layout.ts";
import { build } from "./build.ts";
import { cat } from "./cat.ts";
import { clear } from "./clear.ts";
import type { Globals } from "./command.ts";
import { completion } from "./completion.ts";
import { config } from "./config.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { extract } from "./extract.ts";
import { gc } from "./gc.ts";
import { init } from "./init.ts";
import { list } from "./ls.ts";
import { prove } from "./prove.ts";
import { resume } from "./resume.ts";
import { shell } from "./shell.ts";
import { show } from "./show.ts";
import { stats } from "./stats.ts";
import { verify } from "./verify.ts";
import { why } from "./why.ts";

// biome-ignore lint/suspicious/noExplicitAny: each command has options of its own
export const commands: readonly CommandModule<Globals, any>[] = [
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

/** Where the store is, unless the command line says it. */
export function defaultStore(): string {
  return process.env.PHASECACHE_DIR ?? usualStore;
}

/** The options that every command takes. */
export const globalOptions = {
  store: {
    type: "string",
    requiresArg: true,
    describe: "The store; else PHASECACHE_DIR",
    default: defaultStore(),
    defaultDescription: usualStore,
  },
  json: { type: "boolean", describe: "Print one JSON document", default: false },
  quiet: { alias: "q", type: "boolean", describe: "No warnings, no progress", default: false },
  verbose: {
    alias: "v",
    type: "boolean",
    describe: "Say on standard error what is done, and what caused an error",
    default: false,
  },
  color: {
    choices: ["auto", "always", "never"],
    requiresArg: true,
    describe: "Colours; auto: on a terminal, unless NO_COLOR is set",
    default: "auto",
  },
} as const satisfies Record<string, Options>;
