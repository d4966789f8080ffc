import type { Argv, CommandModule } from "yargs";
import type { Store } from "../store/layout.ts";
import { openStore } from "../store/open.ts";
import type { Problem } from "../store/problem.ts";
import { jsonEscape, printable, unprintable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { isQuiet, type Manner, paint } from "./ui/output.ts";

/** What every command knows. */
export interface Globals extends Manner {
  store: string;
  json: boolean;
  /** The words behind `--`. */
  "--"?: string[];
}

/** How commands end; beyond 3 and 4, `fail` gives the status. */
export const partlyFailed = 3;
export const problemsFound = 4;

const exitStatus = `EXIT STATUS
  0 done, 1 failed, 2 usage, 3 partly failed, 4 problems found, 10 no store, 130 interrupted`;

/** What a command from `defineCommand` has besides what yargs knows: sentences for the manual. */
export interface Details {
  details?: string;
}

/**
 * A command as yargs takes it; `examples` are pairs of a command line and what it does.
 * @param details sentences for its help and the manual
 * @param takesWords whether words behind `--` mean something to it; to the others they are unknown arguments, as extra
 *   words before it are
 */
export function defineCommand<Options extends Globals>(definition: {
  command: string;
  describe: string;
  details?: string;
  examples: readonly (readonly [string, string])[];
  builder: (parser: Argv<Globals>) => Argv<Options>;
  takesWords?: boolean;
  handler: (options: Options) => void | Promise<void>;
}): CommandModule<Globals, Options> {
  const { command, describe, details, examples, builder, handler, takesWords = false } = definition;
  return {
    command,
    describe,
    ...(details !== undefined && { details }),
    builder: (parser) => {
      const pairs = examples.map(([line, words]): [string, string] => [`$0 ${line}`, words]);
      return builder(parser)
        .example(pairs)
        .epilogue(details === undefined ? exitStatus : `${details}\n\n${exitStatus}`);
    },
    handler: (options) => {
      if (!takesWords) requireNoWords(options["--"]);
      return handler(options as unknown as Options);
    },
  };
}

function requireNoWords(words: readonly string[] = []): void {
  if (words.length === 0) return;
  const text = `Unknown argument${words.length > 1 ? "s" : ""}: ${words.join(", ")}`;
  throw new PhaseCacheError("usage", text, {
    hint: "only `build`, `prove` and `shell` take words behind `--`",
  });
}

/**
 * Opens a store to write to it. Unlike a build, no command but one that says so makes a store.
 * @throws PhaseCacheError `no-store` and others
 */
export function openToWrite(directory: string): Store {
  openStore(directory, { write: false });
  return openStore(directory, { write: true });
}

/** Prints a document for programs; a terminal may show it, too. */
export function printDocument(document: object): void {
  process.stdout.write(`${documentText(document)}\n`);
}

/** JSON without a character that means something to a terminal. */
export function documentText(document: object): string {
  return JSON.stringify({ schema: 1, ...document }).replace(unprintable, jsonEscape);
}

/** Says something on standard error, unless nobody wants to hear it. */
export function warn(text: string): void {
  if (!isQuiet()) process.stderr.write(`phasecache: ${printable(text)}\n`);
}

/** Warns of what is wrong in the store. */
export function warnOf(problems: readonly Problem[]): void {
  if (!isQuiet()) nameProblems(problems);
}

/** Names what is wrong in the store, on standard error. */
export function nameProblems(problems: readonly Problem[]): void {
  for (const { code, path, message } of problems) {
    const words = `${paint("red", code, process.stderr)}: ${printable(`${path}: ${message}`)}`;
    process.stderr.write(`phasecache: ${words}\n`);
  }
}
