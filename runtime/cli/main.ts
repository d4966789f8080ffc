import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { version } from "../util/version.ts";
import { fail } from "./fail.ts";
import { list } from "./ls.ts";

const exitStatus = `EXIT STATUS
  0 done, 1 failed, 2 usage, 3 partly failed, 4 problems found, 10 no store, 130 interrupted`;

const args = hideBin(process.argv);
const command = yargs(args)
  .scriptName("phasecache")
  .usage("$0 COMMAND: looks after the snapshots that phaseCacheHook makes")
  .option("store", {
    type: "string",
    describe: "The store",
    default: process.env.PHASECACHE_DIR ?? "/var/cache/phasecache",
    global: true,
  })
  .option("json", { type: "boolean", describe: "Print one JSON document", default: false, global: true })
  .command(list)
  .demandCommand(1, "Which command?")
  .recommendCommands()
  .strict()
  .version(version)
  .epilogue(exitStatus)
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .fail((message, error, parser) => {
    if (error) throw error;
    parser.showHelp();
    process.stderr.write(`\nphasecache: ${message}\n`);
    process.exit(2);
  });

try {
  await command.parseAsync();
} catch (error) {
  process.exitCode = fail(error, args.includes("--json"));
}
