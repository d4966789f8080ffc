import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, type Rig } from "../rig.ts";

describe("bash's errors in a failing phase", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    ["a command that does not exist", "\n echo one\n no-such-command\n"],
    ["a builtin", "\n\n cd /nonexistent\n"],
    ["a function of the phase", "inner() {\n no-such-command\n}\ninner"],
    ["a variable that is not set", "set -u\n echo $unset"],
  ])("have the same file and line as without the hook: %s", async (_, phase) => {
    const build = (hook: string) =>
      rig.build(`pkgs.stdenv.mkDerivation {
        pname = "failing"; version = "1"; dontUnpack = true; nativeBuildInputs = [ ${hook} ];
        buildPhase = ''${phase}'';
      }`);
    // bash 5.2 reports `pop_var_context` for each function around the phase when setup.sh's exit handler logs.
    const linesOf = (log: string) =>
      log.split("\n").filter((line) => /: line \d+: (?!pop_var_context)/.test(line));
    const bare = await build("");
    const hooked = await build("pkgs.phaseCacheHook");
    expect([bare.ok, hooked.ok]).toEqual([false, false]);
    expect(linesOf(bare.log)).toHaveLength(1);
    expect(linesOf(hooked.log)).toEqual(linesOf(bare.log));
  });
});
