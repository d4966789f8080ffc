import type { Argv, CommandModule, Options } from "yargs";
import type { Details, Globals } from "./command.ts";

/** An option or an argument, as yargs is told of it. */
export interface Named extends Options {
  name: string;
}

/** What a command says of itself. */
export interface Outline {
  name: string;
  /** With its arguments: `show <id>`. */
  usage: string;
  describe: string;
  /** Empty where there is no more to say. */
  details: string;
  arguments: Named[];
  options: Named[];
  /** A command line, and what it does. */
  examples: [string, string][];
  epilogue: string;
}

/** `--store`, `-c`. */
export function flagOf(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** What a command tells yargs, without a command line to parse. */
export function outlineOf(module: CommandModule<Globals, never> & Details): Outline {
  const usage = String(module.command);
  const outline: Outline = {
    name: usage.split(" ")[0]!,
    usage,
    describe: String(module.describe),
    details: module.details ?? "",
    arguments: [],
    options: [],
    examples: [],
    epilogue: "",
  };
  const methods: Record<string, (...args: never[]) => void> = {
    positional: (name: string, options: Options) => outline.arguments.push({ name, ...options }),
    option: (name: string, options: Options) => outline.options.push({ name, ...options }),
    example: (pairs: [string, string][]) => outline.examples.push(...pairs),
    epilogue: (text: string) => {
      outline.epilogue = text;
    },
  };
  const recorder: object = new Proxy(
    {},
    {
      get:
        (_, method: string) =>
        (...args: never[]) => {
          methods[method]?.(...args);
          return recorder;
        },
    },
  );
  (module.builder as (parser: Argv<Globals>) => unknown)(recorder as Argv<Globals>);
  return outline;
}
