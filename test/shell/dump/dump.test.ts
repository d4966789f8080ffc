import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseDump, parseShellFacts } from "../../../runtime/shell/index.ts";
import { toBytes } from "../../../runtime/util/bytes.ts";
import { bash, Rig } from "../rig.ts";

const marks = "mark=$'a\\nb'\nfunction m-f { echo '}'; }\nshopt -s nocaseglob\n";

describe("the dump is complete with", () => {
  test.each([
    ["nothing", ""],
    ["errexit, nounset and pipefail", "set -eu -o pipefail"],
    ["a trace", "set -x"],
    ["a trace on standard output", "BASH_XTRACEFD=1; set -x"],
    ["echoed input", "set -v"],
    ["posix mode", "set -o posix"],
    ["glob options", "shopt -s nullglob failglob extglob dotglob"],
    ["no globs", "set -f"],
    ["an unusual IFS", "IFS=$' /e\\'\\\\\\001'"],
    ["an empty IFS", "IFS="],
    ["a readonly IFS", "IFS=-; readonly IFS"],
    [
      "functions that shadow builtins",
      'for f in cd echo printf declare trap set shopt pwd mapfile umask unset; do eval "$f() { builtin echo shadow; }"; done',
    ],
    ["aliases", "shopt -s expand_aliases; alias builtin=false declare=false echo=false mapfile=false"],
    ["a DEBUG trap", "trap 'echo debug' DEBUG; set -T"],
    ["an ERR trap", "trap 'echo err; exit 3' ERR; set -E"],
    ["a RETURN trap", "trap 'echo return' RETURN; set -T"],
    ["extdebug", "shopt -s extdebug"],
    ["keyword", "set -k"],
    ["noclobber", "set -C"],
    ["a UTF-8 locale", "LC_ALL=C.UTF-8"],
    ["an unknown locale", "LC_ALL=xx_YY.UTF-8 2>/dev/null"],
    ["a removed working directory", "mkdir gone; cd gone; rmdir ../gone"],
    ["no PWD", "unset PWD"],
    ["an inherited local", "shopt -s localvar_inherit localvar_unset 2>/dev/null || :"],
  ])("%s", (_, circumstance) => {
    using rig = new Rig();
    const state = rig.dump(`${marks}${circumstance}`);
    expect(state.variables.get("mark")?.value).toEqual({ kind: "string", text: "a\nb" });
    expect(state.functions.get("m-f")?.text).toBe("m-f () \n{ \n    echo '}'\n}");
    expect(state.options.get("shopt nocaseglob")).toBe(true);
    expect(state.cwd).toMatch(/^\//);
    expect(state.umask).toBe("0022");
  });
});

test.each([
  ["set -e", "set -o errexit"],
  ["set -u", "set -o nounset"],
  ["set -x", "set -o xtrace"],
  ["set -m", "set -o monitor"],
  ["set -o pipefail", "set -o pipefail"],
  ["set -o posix", "set -o posix"],
  ["shopt -s expand_aliases", "shopt expand_aliases"],
])("%s is seen, also from inside a command substitution", (command, option) => {
  using rig = new Rig();
  expect(rig.dump("").options.get(option)).toBe(false);
  expect(rig.dump(command).options.get(option)).toBe(true);
  rig.run(`${command}\nflags=$-\ntext=$(_phaseCacheDump "$flags" >"$dir/inside")`);
  expect(rig.state("inside").options.get(option)).toBe(true);
});

test("dumping does not change the caller's state", () => {
  using rig = new Rig();
  const all = "{ declare -p; declare -f; shopt -p; shopt -po; trap -p; umask; dirs -l; alias; pwd; }";
  const setup =
    "set -euT; trap ': d' DEBUG; trap ': e' EXIT; IFS=x; set -o posix; alias a=b; pushd / >/dev/null; a=([3]=1)";
  const shell = rig.run(
    `${setup}\n${all} >"$dir/one"\n_phaseCacheDump >/dev/null\n${all} >"$dir/two"\nset +T; ${all} >"$dir/three"`,
  );
  expect(shell.status).toBe(0);
  const own = "^declare -[^ ]* (_|RANDOM|SRANDOM|LINENO|PIPESTATUS|SECONDS|EPOCH[A-Z]*|BASH_[A-Z]*)=";
  const compare = (name: string) =>
    spawnSync(bash, ["-c", `cmp <(grep -Eav '${own}' one) <(grep -Eav '${own}' ${name})`], {
      cwd: rig.directory,
    }).status;
  expect(compare("two")).toBe(0);
  expect(compare("three")).toBe(1);
});

test("variables and functions of bash and of phasecache are left out", () => {
  using rig = new Rig();
  const { variables, functions, options } = rig.dump(
    "_phaseCacheX=1; _phaseCacheF() { :; }; x=1; f() { :; }; [[ a =~ a ]]",
  );
  const names = [...variables.keys()];
  expect(names).toContain("x");
  expect(
    names.filter((name) =>
      /^(BASH(?!_ALIASES)|_|RANDOM|SECONDS|LINENO|PIPESTATUS|FUNCNAME|.*UID$)/.test(name),
    ),
  ).toEqual([]);
  expect(names).not.toContain("PWD");
  expect([...functions.keys()]).toEqual(["f"]);
  expect(options.has("set -o noexec")).toBe(false);
});

test("the original replaces a function that the hook wrapped", () => {
  using rig = new Rig();
  const wrap =
    'eval "_phaseCacheStdenv_$(declare -f runPhase)"; eval "runPhase() { _phaseCacheRunPhase \\"\\$@\\"; }"';
  const own = rig.dump("runPhase() { echo own; }; declare -ft runPhase").functions;
  const wrapped = rig.dump(`runPhase() { echo own; }; ${wrap}; declare -ft _phaseCacheStdenv_runPhase`);
  expect(wrapped.functions).toEqual(own);
  const again = rig.dump(`runPhase() { echo own; }; ${wrap}; runPhase() { echo "a phase's"; }`);
  expect([...again.functions.keys()]).toEqual(["runPhase"]);
  expect(again.functions.get("runPhase")?.text).toContain("a phase's");
});

test("the working directory is the logical one, as bytes", () => {
  using rig = new Rig();
  const { cwd, variables } = rig.dump("mkdir $'r\\xff\\n' && ln -s $'r\\xff\\n' ./-l && cd ./-l");
  expect(cwd).toBe(`${rig.directory}/work/-l`);
  expect(variables.get("OLDPWD")?.value).toEqual({ kind: "string", text: `${rig.directory}/work` });
  expect(rig.dump("cd $'r\\xff\\n'").cwd).toBe(`${rig.directory}/work/r\xff\n`);
});

describe("an incomplete dump is damaged", () => {
  using rig = new Rig();
  const { stdout } = rig.run("f() { :; }\nx=1\n_phaseCacheDump");

  test("truncated at any byte", () => {
    parseDump(toBytes(stdout));
    for (let length = 0; length < stdout.length; length += 7) {
      expect(() => parseDump(toBytes(stdout.slice(0, length)))).toThrowError(/incomplete|damaged/);
    }
  });

  test.each([
    ["no options", /shopt -/g, "shopt "],
    ["no directory", /\0\/[^\0]*\n\0/, "\0\0"],
    ["a malformed variable", /declare -- x="1"/, "declare -- x=1"],
    ["a malformed function", /\0f f\0/, "\0g f\0"],
    ["another version", /state 1/, "state 2"],
  ])("%s", (_, pattern, replacement) => {
    const changed = stdout.replace(pattern, replacement);
    expect(changed).not.toBe(stdout);
    expect(() => parseDump(toBytes(changed))).toThrowError(/incomplete|damaged/);
  });
});

test("the traps are those of the shell, without those of the dump", () => {
  using rig = new Rig();
  const traps = (script: string) => {
    const { stdout } = rig.run(`${script}\n_phaseCacheDump\ntrap - EXIT`);
    return parseShellFacts(toBytes(stdout)).traps;
  };
  expect(traps("")).toBe("");
  expect(traps(`trap 'echo "a"' EXIT; trap '' INT`)).toBe(`trap -- 'echo "a"' EXIT\ntrap -- '' SIGINT`);
  expect(traps("trap : TERM; trap - TERM")).toBe("");
});
