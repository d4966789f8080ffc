import yargs, { type Argv } from "yargs";
import { hideBin } from "yargs/helpers";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { version } from "../util/version.ts";
import { addCommand, type Globals } from "./command.ts";
import { keepForNix } from "./commands/build.ts";
import { completeFlag } from "./commands/completion.ts";
import { complete } from "./completion/complete.ts";
import { fail } from "./fail.ts";
import { commands, globalOptions } from "./registry.ts";
import { detail, setManner } from "./ui/output.ts";

const args = hideBin(process.argv);
const isJson = args.includes("--json");

function makeParser(words: string[]): Argv<Globals> {
  const parser = yargs(words)
    .scriptName("phasecache")
    // If an option is repeated, the last one counts: a user's own after a wrapper's default.
    .parserConfiguration({ "duplicate-arguments-array": false, "populate--": true })
    .usage("$0 COMMAND: manage the snapshots that phaseCacheHook makes")
    .options(globalOptions)
    .middleware((options) => {
      setManner(options);
      detail(`version ${version}, store ${printable(options.store)}`);
    })
    .demandCommand(1, "no command given")
    .recommendCommands()
    .strict()
    .version(version)
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .fail((message, error) => {
      // For an error that a command throws, yargs passes no message.
      if (error !== undefined && error.name !== "YError") throw error;
      const text = (message || error?.message || "").replace(/\s*\n\s*/g, " ");
      throw new PhaseCacheError("usage", text, { hint: "see `phasecache --help`" });
    });
  for (const command of commands) addCommand(parser, command);
  return parser;
}

// The reader of a pipe may close it early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.exit(fail(new Error(`cannot write to standard output: ${error.message}`), isJson));
});
// If standard error is closed, the command still does its work.
process.stderr.on("error", () => {});

try {
  if (args[0] === completeFlag) {
    for (const candidate of complete(args.slice(1))) process.stdout.write(`${candidate.join("\t")}\n`);
  } else await makeParser(keepForNix(args)).parseAsync();
} catch (error) {
  process.exitCode = fail(error, isJson);
}
