import { describe, expect, test } from "vitest";
import { fromText } from "../../runtime/util/bytes.ts";
import { Rig } from "./rig.ts";
import { expectRoundTrip } from "./scenarios.ts";

describe("a restored shell equals the one that ran the phase", () => {
  test.each([
    ["a trace", "set -x; x=1"],
    ["echoed input", "set -v; x=1"],
  ])("with %s", (_, phase) => {
    expectRoundTrip("C", phase, { traced: true });
  });

  test.each([
    ["posix mode, set by its variable", "export POSIXLY_CORRECT=1; f() { :; }", ""],
    ["posix mode left", "set +o posix; function a-b { :; }", "set -o posix"],
    ["posix mode kept", "x=1; f() { :; }; cd /", "export POSIXLY_CORRECT=yes"],
    [
      "posix mode with its options reset",
      "set -o posix; shopt -u inherit_errexit expand_aliases shift_verbose",
      "",
    ],
    ["a compatibility level", "BASH_COMPAT=4.3", ""],
    ["another compatibility level", "shopt -u compat42; shopt -s compat43", "shopt -s compat42"],
    ["the compatibility level unset", "unset BASH_COMPAT", "BASH_COMPAT=4.2"],
    ["IGNOREEOF", "IGNOREEOF=7", ""],
    ["GLOBIGNORE without dotglob", "GLOBIGNORE='*.o'; shopt -u dotglob", ""],
    ["GLOBIGNORE unset, but dotglob on", "unset GLOBIGNORE; shopt -s dotglob", "GLOBIGNORE='*.o'"],
    ["extdebug without tracing of functions", "shopt -s extdebug; set +TE", ""],
    ["allexport set by the phase", "set -a; x=1; f() { :; }", ""],
    ["allexport unset by the phase", "set +a; y=1; declare -A z=([a]=b)", "set -a; x=1"],
    ["keyword", "x=1", "set -k"],
    ["an unusual IFS", "IFS=$' /e\\'\\\\\\001'; x='a b'", "IFS=x"],
    ["no IFS", "unset IFS", ""],
    ["another umask", "umask 0027", ""],
    ["OPTIND", "getopts ab x -a -b; getopts ab x -a -b", ""],
    ["an exported variable unset", "unset gone", "export gone=1"],
    ["no OLDPWD", "cd /; unset OLDPWD", ""],
    ["an OLDPWD that is not exported", "cd /; unset OLDPWD; OLDPWD=/x", ""],
    ["a directory behind a symlink", "mkdir real; ln -s real link; cd link", ""],
    ["a directory with its symlinks resolved", "mkdir real; ln -s real link; set -P; cd link", ""],
    ["a locale", "export LC_ALL=C.UTF-8; x=$'\\303\\251'", ""],
  ])("with %s", (_, phase, setup) => {
    expectRoundTrip("C", phase, {
      setup,
      probe: "declare -p OLDPWD POSIXLY_CORRECT x y z 2>/dev/null; umask; pwd -P",
    });
  });

  test("the directory stack", () => {
    const probe = "dirs -p -l; declare -p DIRSTACK";
    expectRoundTrip("C", "pushd / >/dev/null; pushd -n '/a b' >/dev/null; pushd /tmp >/dev/null", { probe });
    expectRoundTrip("C", "popd >/dev/null", { probe, setup: "pushd / >/dev/null" });
  });

  test("aliases, one of them for a builtin and one for a function's name", () => {
    const phase =
      "f() { ll x; }; shopt -s expand_aliases; alias ll='ls -l' f='echo alias' builtin=false declare=false gone=x";
    const setup = "alias gone='y z' older=o; f() { ll; }";
    expectRoundTrip("C", `${phase}; unalias gone`, { setup, probe: "alias; \\declare -f f" });
    expectRoundTrip("C", "h() { ll y; }; x=1", { setup: phase, probe: "\\declare -f h" });
  });

  test("a readonly variable and a readonly function", () => {
    using rig = new Rig();
    const { restored } = rig.roundTrip(
      "declare -r one='a b'; declare -ar two=(1 2); f() { :; }; readonly -f f",
    );
    expect(restored.variables.get("one")).toEqual({
      attributes: "r",
      value: { kind: "string", text: "a b" },
    });
    expect(restored.functions.get("f")?.attributes).toBe("r");
    expectRoundTrip("C", "x=1", { setup: "readonly r=1; f() { :; }; readonly -f f" });
  });

  test("a value of a megabyte, an array of ten thousand elements and one of a thousand keys", () => {
    const fill = "for ((i = 0; i < 10000; i++)); do a[i * 3]=$i m[k$((i / 10))]=$i; done";
    expectRoundTrip("C.UTF-8", fromText(`printf -v x '%1000000s' é; declare -A m; ${fill}`));
  });

  test("functions with the same behaviour", () => {
    const plain = "f() { cat <<E\n}\n$1\nE\n}; export -f f";
    const extended = 'shopt -s extglob\ng() { case $1 in !(a|b)) f "$1" ;; *) echo ab ;; esac; }';
    expectRoundTrip("C", `${plain}\n${extended}`, { probe: "g a; g '}'; bash -c 'f x'" });
  });
});
