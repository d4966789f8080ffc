import { PhaseCacheError } from "../util/error.ts";
import { failureReason, runNix } from "./command.ts";

/** The number of arguments that each option takes, by its name with dashes: `--file`, `-f`. */
export type Flags = ReadonlyMap<string, number>;

/** The options of Nix's new command line that matter to a build. */
export interface CommandFlags {
  /** The options of `nix build`. */
  build: Flags;
  /** The options of `nix eval`. */
  evaluate: Flags;
}

interface Described {
  flags: Record<string, { shortName?: string; arity?: number }>;
  commands: Record<string, Described>;
}

/**
 * Asks Nix for its options. Each setting is also an option, and the settings differ between versions.
 * @throws PhaseCacheError `tool-failed`
 */
export function readFlags(): CommandFlags {
  const { flags, commands } = describeCommandLine();
  // Nix accepts -j, but does not list it.
  const common = new Map([...toFlags(flags), ["-j", 1] as const]);
  const of = (command: string) => new Map([...common, ...toFlags(commands[command]?.flags ?? {})]);
  return { build: of("build"), evaluate: of("eval") };
}

/** Returns Nix's description of its command line, for completion. Up to Nix 2.10 the command was `__dump-args`. */
function describeCommandLine(): Described {
  const known = process.env.NIX_CONFIG ?? "";
  const env = { NIX_CONFIG: `${known}\nextra-experimental-features = nix-command flakes\n` };
  const [cli, args] = ["__dump-cli", "__dump-args"].map((name) => runNix("nix", [name], env));
  if (cli!.status === 0) return (JSON.parse(cli!.stdout) as { args: Described }).args;
  if (args!.status === 0) return JSON.parse(args!.stdout) as Described;
  throw new PhaseCacheError("tool-failed", `can't read Nix's options: ${failureReason(args!)}`, {
    hint: "`nix build --help` must work",
  });
}

function toFlags(flags: Described["flags"]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, { shortName, arity = 0 }] of Object.entries(flags)) {
    found.set(`--${name}`, arity);
    if (shortName !== undefined) found.set(`-${shortName}`, arity);
  }
  return found;
}
