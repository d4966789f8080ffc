import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "../rig.ts";

const builtins = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`${name} switched off`, `enable -n ${name}`]));
const functions = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`a function called ${name}`, `${name}() { [[ 1 ]]; }`]));
const limits = (...limits: string[]) =>
  Object.fromEntries(limits.map((limit) => [`ulimit ${limit}`, `ulimit ${limit}`]));
const options = (...all: string[]) => Object.fromEntries(all.map((one) => [one, one]));

/** One check of the hook finds all disabled builtins, so that these are tested only in the nightly mode. */
const otherBuiltins = ["declare", "read", "return", "trap", "shopt", "mapfile", "kill", "wait"];

/** Modifications of the shell by buildPhase, under which later phases and the hook must work. */
const modifications: Record<string, string> = {
  ...builtins("printf", "eval", "exit", "set", ...(process.env.PHASECACHE_NIGHTLY ? otherBuiltins : [])),
  ...builtins("builtin", "enable", "builtin enable unset export", "jobs hash", "cd pushd dirs", "test ["),
  ...functions(
    "builtin",
    "printf",
    "exec",
    "declare",
    "command",
    "enable",
    "unset",
    "set",
    "export",
    "true",
    "test",
  ),
  ...functions(
    "wait",
    "kill",
    "trap",
    "mapfile",
    "source",
    "echo",
    "jobs",
    "hash",
    ":",
    "exit",
    "return",
    "local",
  ),
  "a function called builtin that records its calls": `builtin() { echo called >> $NIX_BUILD_TOP/made; command builtin "$@"; }`,
  "a readonly function called builtin": "builtin() { [[ 1 ]]; }; readonly -f builtin",
  ...limits(
    "-f 1",
    "-n 5",
    "-n 20",
    "-v 400000",
    "-v 40000",
    "-t 1",
    "-u 8",
    "-s 256",
    "-d 8000",
    "-c 0",
    "-l 0",
    "-q 0",
  ),
  ...options(
    "exec >/dev/null",
    "exec 2>/dev/null",
    "exec <&-",
    "exec 9</dev/null 200>/dev/null",
    "exec 2>&-",
  ),
  ...options(
    "set -o posix",
    "set -k",
    "set +e",
    "set -f",
    "set -a",
    "set -C",
    "set -T",
    "set -E",
    "set -u",
    "set -x",
    "set -v",
  ),
  ...options(
    "set +o pipefail",
    "set -m",
    "set +h",
    "shopt -s extdebug",
    "shopt -s failglob",
    "shopt -s nocasematch",
  ),
  ...options(
    "shopt -s lastpipe",
    "shopt -s localvar_inherit localvar_unset",
    "shopt -s compat31",
    "BASH_COMPAT=3.2",
  ),
  aliases:
    "shopt -s expand_aliases; alias local='echo local' builtin='echo b' printf='echo p' return=false if=false",
  "readonly variables of the hook": "readonly _phaseCacheStatus=1 _phaseCacheScript=2 _phaseCacheFlags=3",
  "variables of the hook with attributes":
    "declare -gi _phaseCacheScript=3; declare -gn _phaseCacheStatus=foo",
  ...options(
    "POSIXLY_CORRECT=1; readonly POSIXLY_CORRECT",
    "readonly IFS",
    "IFS=xyz0123456789a",
    "readonly PATH",
  ),
  ...options(
    "unset -v FUNCNAME BASHPID",
    "unset -v NIX_LOG_FD",
    "NIX_LOG_FD=77",
    "NIX_LOG_FD=abc",
    "PATH=/nonexistent",
  ),
  ...options(
    "umask 777",
    "umask 000",
    "cd /",
    "mkdir q; cd q; rmdir ../q",
    "GLOBIGNORE=*",
    "export LC_ALL=xx_YY.UTF-8",
  ),
  ...options(
    "export NODE_OPTIONS=--bad",
    "export BASH_ENV=/nope ENV=/nope",
    "unset -f exitHandler; trap - EXIT",
  ),
  "a trap on DEBUG": "trap 'echo debug >> $NIX_BUILD_TOP/debug' DEBUG",
  "a trap on DEBUG, traced": "set -T; trap 'count=$((count + 1))' DEBUG",
  "a trap on DEBUG with extdebug that skips no command": "shopt -s extdebug; trap true DEBUG",
  "a trap on ERR": "set -E; trap 'echo err >> $NIX_BUILD_TOP/made' ERR",
  "a trap on RETURN": "set -T; trap 'count=$((count + 1))' RETURN",
  "a trap on EXIT": "trap 'echo bye' EXIT",
  "a trap on CHLD": "trap 'count=$((count + 1))' CHLD",
  "signals ignored": "trap '' PIPE TERM CHLD HUP INT",
  "a handler of commands not found": "command_not_found_handle() { exit 9; }",
  "a trace prefix that runs commands": "PS4='$(echo trace >> $NIX_BUILD_TOP/trace)+ '; set -x",
  "a variable of 3 MB": "printf -v big %03000000d 0",
};

const nixString = (text: string) => `''${text.replaceAll("''", "'''").replaceAll("${", "''${")}''`;

describe("a hostile shell", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const derivation = (name: string, code: string, edit: string, hook = "pkgs.phaseCacheHook") =>
    `pkgs.stdenv.mkDerivation ({
      pname = "${name}"; version = "1"; dontUnpack = true; nativeBuildInputs = [ ${hook} ];
      buildPhase = ${nixString(`echo built > $NIX_BUILD_TOP/made; ${code}`)};
      installPhase = "mkdir -p $out; cat $NIX_BUILD_TOP/made > $out/made; runHook postInstall";
    } // { ${edit} })`;

  // Detects a hook that hangs.
  const settings = { timeout: "120" };
  const numbered = Object.entries(modifications).map(([what, code], i) => ({
    what,
    code,
    name: `shell-${i}`,
  }));
  it.each(numbered)("$what: the build equals one without the hook", async ({ code, name }) => {
    const edit = `preInstall = "true";`;
    const bare = await rig.build(derivation(name, code, edit, ""), { store: false, settings });
    const cold = await rig.build(derivation(name, code, ""), { settings });
    expect(cold.ok, cold.log).toBe(bare.ok);
    if (!bare.ok) return;
    const restored = await rig.build(derivation(name, code, edit), { settings });
    expect(restored.ok, restored.log).toBe(true);
    expect(compareOutputs(restored.outPaths, bare.outPaths), restored.log).toEqual([]);
  });
});
