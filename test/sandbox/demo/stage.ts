import { spawnSync } from "node:child_process";
import { createRig, nixString } from "../rig.ts";
import { example } from "../sources.ts";
import { createPlainStage } from "./plain.ts";

/** What a build of the demo's package gives. */
export interface StageResult {
  ok: boolean;
  log: string;
  messages: string[];
  outPaths: Record<string, string>;
}

/** Something that builds zstd's library with the hook. */
export interface Stage extends AsyncDisposable {
  /** Nix's version; null where there is no Nix. */
  nix: string | null;
  sandbox: boolean;
  /** @param installPhase null: the package's own @param store whether the build sees phasecache's store */
  build(installPhase: string | null, store: boolean): Promise<StageResult>;
}

/** A private Nix store with a sandbox, or bash alone where no Nix can be had. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const version = spawnSync("nix-build", ["--version"], { encoding: "utf8" });
  const nix = /\(Nix\) (\S+)/.exec(version.stdout ?? "")?.[1] ?? null;
  if (nix === null) {
    say(
      "There is no Nix here, and none could be installed: the builds run in plain bash, without a sandbox.",
    );
    return createPlainStage();
  }
  const rig = await createRig({ nixpkgs: null });
  say(`Nix ${nix}, builds in its sandbox, in a private store that is removed in the end.`);
  for (const line of rig.leavesOut) say(line);
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
