import { describe, expect, test } from "vitest";
import { rebuild } from "../scenarios.ts";

describe("a phase's change is applied to the new build's values", () => {
  test.each([
    [
      "PATH with an additional package",
      "P=/a:/b",
      "P=$PWD/bin:$P",
      "P=/a:/b:/c",
      'echo "$P" | sed "s|$PWD||"',
      "/bin:/a:/b:/c",
    ],
    ["flags appended", "F=-O2", 'F+=" -DX"', "F='-O3 -g'", 'echo "$F"', "-O3 -g -DX"],
    ["flags prepended", "F='--a --b'", 'F="--prefix=/x $F"', "F=--a", 'echo "$F"', "--prefix=/x --a"],
    [
      "hooks appended",
      "h=(a b)",
      "h+=(f)",
      "h=(a b c)",
      "declare -p h",
      'declare -a h=([0]="a" [1]="b" [2]="c" [3]="f")',
    ],
    [
      "keys added",
      "declare -A m=([a]=1)",
      "m[b]=2",
      "declare -A m=([a]=3)",
      "declare -p m | tr ' ' '\\n' | grep '\\[' | tr -d 'm=()' | sort",
      '[a]"3"\n[b]"2"',
    ],
    ["exported", "x=1", "export x", "x=2", "declare -p x", 'declare -x x="2"'],
    ["a final value that is the value here", "x=1", "x=2", "x=2", "declare -p x", 'declare -- x="2"'],
    ["an initial value that is the value here", "x=1", "x=2", "x=1", "declare -p x", 'declare -- x="2"'],
    [
      "another value here of a variable that no phase changed",
      "x=1",
      "y=2",
      "x=3",
      "declare -p x y",
      'declare -- x="3"\ndeclare -- y="2"',
    ],
    ["unset", "x=1", "unset x", "x=1", "declare -p x 2>/dev/null || echo none", "none"],
    [
      "a function that is the same here",
      "f() { :; }",
      "f() { echo; }",
      "f() { :; }",
      "declare -f f",
      "f () \n{ \n    echo\n}",
    ],
    [
      "an additional function here",
      "",
      "f() { echo; }",
      "g() { :; }",
      "declare -F",
      "declare -f f\ndeclare -f g",
    ],
    [
      "an option that is already on here",
      "",
      "shopt -s dotglob",
      "shopt -s dotglob",
      "shopt -p dotglob",
      "shopt -s dotglob",
    ],
    ["a umask that is the same here", "", "umask 027", "umask 027", "umask", "0027"],
    [
      "the number of cores, despite another value here",
      "NIX_BUILD_CORES=8",
      "NIX_BUILD_CORES=1",
      "NIX_BUILD_CORES=4",
      "echo $NIX_BUILD_CORES",
      "1",
    ],
    ["OLDPWD, despite another value here", "cd /", "cd /tmp", "cd /usr", "echo $OLDPWD", "/"],
  ])("%s", (_, old, phase, initial, probe, expected) => {
    const { printed, conflicts } = rebuild(old, phase, initial, probe);
    expect(conflicts).toEqual([]);
    expect(printed.replace(/declare -f _phase.*\n/g, "")).toBe(`${expected}\n`);
  });
});

describe("relocation", () => {
  const relocate = (text: string) => text.replaceAll("aaaa", "bbbb");

  test("applies to values, keys, functions and the working directory", () => {
    const phase =
      "mkdir aaaa bbbb; cd aaaa; s=/aaaa; a=(/aaaa); declare -A m=([aaaa]=aaaa); f() { echo aaaa; }";
    const probe = "declare -p s a m | tr -d ' '; f; basename $PWD";
    const { printed } = rebuild("", phase, "", probe, relocate);
    expect(printed).not.toContain("aaaa");
    expect(printed.match(/bbbb/g)).toHaveLength(6);
  });

  test("precedes the comparison, so that values that differ only in the hash are equal", () => {
    const { printed, conflicts } = rebuild(
      "out=/aaaa; F=-L/aaaa",
      "F+=' -DX'",
      "out=/bbbb; F=-L/bbbb",
      "echo $out $F",
      relocate,
    );
    expect(conflicts).toEqual([]);
    expect(printed).toBe("/bbbb -L/bbbb -DX\n");
  });

  test("applies to a function's name, which its text contains", () => {
    const { printed } = rebuild("", "aaaa_f() { echo aaaa; }", "", "bbbb_f", relocate);
    expect(printed).toBe("bbbb\n");
  });
});
