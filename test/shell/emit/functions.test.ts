import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bashWord, emitScript } from "../../../runtime/shell/index.ts";
import { Rig } from "../rig.ts";
import { planFunction } from "../scenarios.ts";

const head = "f () \n{ \n    :\n}";

describe("text after a function has no effect", () => {
  test.each([
    ["a command", `${head}; touch evil; :\n}`],
    ["a command on a separate line", `${head}\ntouch evil`],
    ["a command whose path bash has cached", `${head}\nls; touch evil`],
    ["a command with its path", `${head}\n/bin/touch evil; /usr/bin/touch evil`],
    ["a builtin", `${head}\nexec touch evil; . ./code; source ./code`],
    [
      "a builtin, called with builtin",
      `${head}\nbuiltin exec touch evil; builtin . ./code; command . ./code`,
    ],
    [
      "a builtin that is enabled again",
      `${head}\nenable exec; builtin enable exec; enable -f ./code x; exec touch evil`,
    ],
    [
      "an attempt to leave the restricted shell",
      `${head}\nset +r; builtin set +r; shopt -u restricted_shell; touch evil`,
    ],
    [
      "another PATH",
      `${head}\nPATH=/bin:/usr/bin; declare -g PATH=/bin; export PATH=/bin; unset PATH; touch evil`,
    ],
    ["a PATH for one command", `${head}\nPATH=/bin:/usr/bin touch evil`],
    ["a local PATH", `${head}\ng() { local PATH=/bin:/usr/bin; touch evil; }; g`],
    ["a redirection", `${head}\n: > evil; { :; } >> evil; > evil; [[ x ]] &> evil`],
    [
      "a substitution",
      `${head}\nx=$(touch evil) y=\`touch evil\` z=<(touch evil); declare -i n='a[$(touch evil)]'`,
    ],
    ["arithmetic", `${head}\n(( a[$(touch evil)] )); [[ -v 'a[$(touch evil)]' ]]`],
    ["a background command", `${head}\ntouch evil & coproc touch evil`],
    ["a function of the build", `${head}\nhelper`],
    [
      "other functions and variables",
      `${head}\nx=1; g() { :; }; shopt -s dotglob; cd /; umask 0; trap 'touch evil' EXIT`,
    ],
    [
      "a redefinition of the script's own builtins",
      `${head}\nbuiltin() { :; }; function declare { echo 'touch evil'; }`,
    ],
    [
      "output where definitions are expected",
      `${head}\ndeclare -p BASH_VERSION; alias x='touch evil'; alias -p`,
    ],
    ["text that looks like the end of the script", `${head}\n' \\' $' \n) ; touch evil ; ( '`],
    ["a function that ends early", "f () \n{ \n    :\n}; touch evil; { \n    :\n}"],
  ])("%s", (_, text) => {
    using rig = new Rig();
    writeFileSync(rig.file("work/code"), "touch evil");
    const setup = "helper() { command touch evil; touch evil; }; ls >/dev/null; touch old";
    const script = emitScript(planFunction(rig, text, setup));
    const before = rig.dump(setup);
    try {
      const { restored } = rig.apply(script, { setup });
      expect([...restored.functions.keys()].filter((name) => name !== "declare")).toContain("f");
      expect(restored.cwd).toBe(before.cwd);
      expect(restored.umask).toBe(before.umask);
    } catch (error) {
      expect(String(error)).toContain("not applied");
    }
    expect(readdirSync(rig.file("work")).sort()).toEqual(["code", "old"]);
  });

  test("but has an effect when it is evaluated directly", () => {
    using rig = new Rig();
    rig.run(`eval ${bashWord(`${head}; touch evil`)}`);
    expect(existsSync(rig.file("work/evil"))).toBe(true);
  });
});
