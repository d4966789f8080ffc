import { PhaseCacheError } from "../util/error.ts";
import { failureReason, runNix } from "./command.ts";

/** How many words follow each option, by its name with dashes: `--file`, `-f`. */
export type Flags = ReadonlyMap<string, number>;

/** The options of Nix's new command line that matter to a build. */
export interface CommandFlags {
  /** Those that `nix build` knows. */
  build: Flags;
  /** Those that `nix eval` knows. */
  evaluate: Flags;
}

interface Described {
  flags: Record<string, { shortName?: string; arity?: number }>;
  commands: Record<string, Described>;
}

/**
 * Asks Nix for its options: each setting is one, and every version has others.
 * @throws PhaseCacheError `tool-failed`
 */
export function readFlags(): CommandFlags {
  const { flags, commands } = describeCommandLine();
  // Nix takes it, and does not tell.
  const common = new Map([...toFlags(flags), ["-j", 1] as const]);
  const of = (command: string) => new Map([...common, ...toFlags(commands[command]?.flags ?? {})]);
  return { build: of("build"), evaluate: of("eval") };
}

/** What Nix's own completion is made from. The second is what it was called up to Nix 2.10. */
function describeCommandLine(): Described {
  const known = process.env.NIX_CONFIG ?? "";
  const env = { NIX_CONFIG: `${known}\nextra-experimental-features = nix-command flakes\n` };
  const [cli, args] = ["__dump-cli", "__dump-args"].map((name) => runNix("nix", [name], env));
  if (cli!.status === 0) return (JSON.parse(cli!.stdout) as { args: Described }).args;
  if (args!.status === 0) return JSON.parse(args!.stdout) as Described;
  throw new PhaseCacheError("tool-failed", `Nix does not tell its options: ${failureReason(args!)}`, {
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
