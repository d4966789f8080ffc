import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environment, nix, type Places } from "../rig/nix.ts";
import { createPlaces, removeTree } from "../rig/places.ts";
import { describeBoth, packageSet } from "./rig.ts";

/** Sets a private store directory: a shell runs outside the sandbox, so its store paths must exist on the machine. */
function shellEnvironment({ root }: Places): Record<string, string> {
  return {
    NIX_STORE_DIR: join(root, "shell/store"),
    NIX_STATE_DIR: join(root, "shell/state"),
    NIX_LOG_DIR: join(root, "shell/log"),
    NIX_CONFIG: [
      "store = local",
      "sandbox = false",
      "experimental-features = nix-command flakes",
      `flake-registry = ${join(root, "registry.json")}`,
    ].join("\n"),
    TERM: "dumb",
  };
}

const hint =
  "phasecache: this shell restores no phases; to open the newest snapshot, run: phasecache shell sample";

describeBoth("in nix-shell and nix develop", ["the small stdenv", "nixpkgs' own stdenv"], (nixpkgs) => {
  let places: Places;
  let file: string;
  beforeAll(() => {
    places = createPlaces(undefined);
    mkdirSync(join(places.root, "shell"));
    // nix develop looks up bashInteractive in the registry's nixpkgs; without it, it uses the bash on PATH.
    writeFileSync(join(places.root, "registry.json"), `{"version": 2, "flakes": []}`);
    file = join(places.root, "sample.nix");
    writeFileSync(
      file,
      `let pkgs = ${packageSet(nixpkgs)}; in pkgs.stdenv.mkDerivation {
        pname = "sample"; version = "1.0"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
        phaseCacheDir = "\${toString ./.}/cache"; buildPhase = "echo built > built";
        shellHook = "echo own shellHook # with a comment at its end";
      }`,
    );
  });
  afterAll(() => removeTree(places.root));

  const shells = {
    "nix-shell": [
      ["nix-shell", "FILE"],
      ["--run", "true"],
    ],
    "nix develop": [
      ["nix", "develop", "-f", "FILE"],
      ["-c", "true"],
    ],
  };
  const named = (words: string[]) => words.map((word) => (word === "FILE" ? file : word));

  /** Opens a shell in a terminal, types `typed`, and returns the lines that the terminal shows. */
  function atTerminal(open: string[], typed: string): string[] {
    const words = named(open).map((word) => `'${word}'`);
    const output = execFileSync("script", ["-qec", words.join(" "), "/dev/null"], {
      encoding: "utf8",
      env: { ...environment(places), ...shellEnvironment(places) },
      input: `${typed}\nexit 0\n`,
    });
    return output.split(/[\r\n]+/);
  }

  it.each(Object.entries(shells))("%s with a command: prints no message", async (_, [open, run]) => {
    const [command, ...args] = named([...open!, ...run!]);
    const answer = await nix(places, command!, args, shellEnvironment(places));
    expect(answer.stdout, answer.stderr).toBe("own shellHook\n");
    expect(answer.stderr).not.toContain("phasecache:");
  });

  it.each(Object.entries(shells))("%s at a terminal: prints one hint", (_, [open]) => {
    const lines = atTerminal(open!, "");
    expect(lines.filter((line) => line.includes("phasecache:"))).toEqual([hint]);
  });

  it.each(Object.entries(shells))("%s: phases run by hand are not changed by the hook", (_, [open]) => {
    const lines = atTerminal(
      open!,
      `cd "$(mktemp -d -p "$HOME")"; phases=buildPhase genericBuild; cat built; type runPhase | grep -c _phaseCache`,
    );
    expect(lines).toEqual(expect.arrayContaining(["built", "0"]));
    expect(lines.filter((line) => line.includes("phasecache:"))).toEqual([hint]);
  });
});
