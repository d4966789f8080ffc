import { spawnSync } from "node:child_process";
import { createRig, nixString } from "../rig.ts";
import { example } from "../sources.ts";
import { createPlainStage } from "./plain.ts";

/** The result of a build of the demo's package. */
export interface StageResult {
  ok: boolean;
  log: string;
  messages: string[];
  outPaths: Record<string, string>;
}

/** An environment that builds zstd's library with the hook. */
export interface Stage extends AsyncDisposable {
  /** Nix's version; null without Nix. */
  nix: string | null;
  sandbox: boolean;
  /** @param installPhase null for the package's own @param store whether the build sees phasecache's store */
  build(installPhase: string | null, store: boolean): Promise<StageResult>;
}

/** Opens a private Nix store with a sandbox, or a stage with bash alone when Nix is not available. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const version = spawnSync("nix-build", ["--version"], { encoding: "utf8" });
  const nix = /\(Nix\) (\S+)/.exec(version.stdout ?? "")?.[1] ?? null;
  if (nix === null) {
    say("Nix is not available and could not be installed: the builds run in plain bash, without a sandbox.");
    return createPlainStage();
  }
  const rig = await createRig({ nixpkgs: null });
  say(`Nix ${nix}, builds in its sandbox, with a private store that is removed at the end.`);
  for (const line of rig.limitations) say(line);
  return {
    nix,
    sandbox: true,
    build: (installPhase, store) => {
      const edit = installPhase === null ? "" : `installPhase = ${nixString(installPhase)};`;
      return rig.build(`${String(example("zstd"))}.overrideAttrs (_: { ${edit} })`, { store });
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}
