import type { Argv, InferredOptionType, Options, PositionalOptions } from "yargs";
import { PhaseCacheError } from "../util/error.ts";
import type { Manner } from "./ui/output.ts";

/** What every command's handler gets. */
export interface Globals extends Manner {
  store: string;
  json: boolean;
  /** The words after `--`. */
  "--"?: string[];
}

/** Exit statuses that a command sets itself; `fail.ts` has those of errors. */
export const partlyFailed = 3;
export const problemsFound = 4;

/** The exit statuses, as the help and the manual list them. */
export const exitStatuses = [
  "0 done",
  "1 failed",
  "2 usage",
  "3 partly failed",
  "4 problems found",
  "10 no store",
  "130 interrupted",
] as const;

/** Arguments and options by name, as yargs takes them. */
type Arguments = Readonly<Record<string, PositionalOptions>>;
type Flags = Readonly<Record<string, Options>>;

/** `dry-run` → `dryRun`. */
type CamelCase<Name> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest> & string>}`
  : Name;

/** The values that yargs parses for them. */
type Values<Definitions extends Flags> = {
  [Name in keyof Definitions as CamelCase<Name> & string]: InferredOptionType<Definitions[Name]>;
};

interface Definition<A extends Arguments, F extends Flags> {
  /** Its name and its arguments: `show <id>`. */
  command: string;
  describe: string;
  /** More sentences for the help and the manual. */
  details?: string;
  /** Command lines without `phasecache`, each with what it does. */
  examples: readonly (readonly [string, string])[];
  arguments?: A;
  options?: F;
  /** Whether it takes words after `--`. For the other commands they are unknown arguments. */
  takesWords?: boolean;
  handler(options: Globals & Values<A> & Values<F>): void | Promise<void>;
}

/** A subcommand as data: yargs, the completion and the manual read it. */
export type Command = Required<Definition<Arguments, Flags>>;

/** Defines a command; the handler's options get the types that its `arguments` and `options` declare. */
export function defineCommand<
  const A extends Arguments = Record<never, never>,
  const F extends Flags = Record<never, never>,
>(definition: Definition<A, F>): Command {
  return { details: "", arguments: {}, options: {}, takesWords: false, ...definition };
}

/** Adds a command to yargs. */
export function addCommand(parser: Argv<Globals>, definition: Command): void {
  const { command, describe, details, examples, options, takesWords, handler } = definition;
  const exitStatus = `EXIT STATUS\n  ${exitStatuses.join(", ")}`;
  parser.command({
    command,
    describe,
    builder: (own: Argv<Globals>) => {
      for (const [name, argument] of Object.entries(definition.arguments)) own.positional(name, argument);
      return own
        .options(options)
        .example(examples.map(([line, meaning]): [string, string] => [`$0 ${line}`, meaning]))
        .epilogue(details === "" ? exitStatus : `${details}\n\n${exitStatus}`);
    },
    handler: (parsed) => {
      const values = parsed as unknown as Parameters<typeof handler>[0];
      if (!takesWords) requireNoWords(values["--"]);
      return handler(values);
    },
  });
}

function requireNoWords(words: readonly string[] = []): void {
  if (words.length === 0) return;
  const text = `Unknown argument${words.length > 1 ? "s" : ""}: ${words.join(", ")}`;
  throw new PhaseCacheError("usage", text, {
    hint: "only `build`, `prove` and `shell` take words after `--`",
  });
}

/** An option or an argument together with its name. */
export interface Named extends Options {
  name: string;
}

/** Lists options or arguments in the order of the help. */
export function listNamed(definitions: Flags): Named[] {
  return Object.entries(definitions).map(([name, definition]) => ({ name, ...definition }));
}

/** Returns the word that calls a command. */
export function nameOf({ command }: Command): string {
  return command.split(" ")[0]!;
}

/** `--store`, `-c`. */
export function flagOf(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
