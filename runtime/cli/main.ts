import yargs, { type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";
import { usualStore } from "../store/layout.ts";
import { PhaseCacheError } from "../util/error.ts";
import { version } from "../util/version.ts";
import { build, keepForNix } from "./build.ts";
import { cat } from "./cat.ts";
import { clear } from "./clear.ts";
import type { Globals } from "./command.ts";
import { completion } from "./completion.ts";
import { config } from "./config.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { extract } from "./extract.ts";
import { fail } from "./fail.ts";
import { gc } from "./gc.ts";
import { init } from "./init.ts";
import { list } from "./ls.ts";
import { resume } from "./resume.ts";
import { shell } from "./shell.ts";
import { show } from "./show.ts";
import { stats } from "./stats.ts";
import { verify } from "./verify.ts";
import { why } from "./why.ts";

// biome-ignore lint/suspicious/noExplicitAny: each command has options of its own
const commands: CommandModule<Globals, any>[] = [
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
  init,
  doctor,
  completion,
];

const args = keepForNix(hideBin(process.argv));
const parser = yargs(args)
  .scriptName("phasecache")
  .usage("$0 COMMAND: looks after the snapshots that phaseCacheHook makes")
  .option("store", {
    type: "string",
    requiresArg: true,
    describe: "The store; else PHASECACHE_DIR",
    default: process.env.PHASECACHE_DIR ?? usualStore,
    defaultDescription: usualStore,
    global: true,
  })
  .option("json", { type: "boolean", describe: "Print one JSON document", default: false, global: true })
  .demandCommand(1, "Which command?")
  .recommendCommands()
  .strict()
  .version(version)
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .fail((message, error) => {
    throw error ?? new PhaseCacheError("usage", message, { hint: "see `phasecache --help`" });
  });
for (const command of commands) parser.command(command);

// Whoever reads the output may have seen enough of it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  await parser.parseAsync();
} catch (error) {
  process.exitCode = fail(error, args.includes("--json"));
}
