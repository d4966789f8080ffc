import { describe, expect, it } from "vitest";
import { computedCallsOf, isCommandIn } from "../../../runtime/key/code/calls.ts";
import { withoutComments } from "../../../runtime/key/code/comments.ts";
import { readsEveryVariable } from "../../../runtime/key/code/reads.ts";
import { filesRunBy } from "../../../runtime/key/code/run-files.ts";
import { parseStdenvFunctions } from "../../../runtime/key/code/stdenv-functions.ts";
import { storePath } from "../example.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell
const nothing = { has: () => false, isAttribute: () => false, complete: false };
const hookText = { ...nothing, complete: true };

describe("readsEveryVariable", () => {
  it.each([
    "{ env; } > x",
    "LC_ALL=C printenv",
    "A=1 B='x y' env",
    "env -0 | sort -z",
    "env -u A | sort",
    "declare -x -p",
    "export | grep x",
    "set -o posix; set",
    "bash -c 'declare -x'",
    'sh -ec "env | sort"',
    "find . -exec env \\;",
    "xargs -n1 env",
    "busybox env",
    "echo ${!name}",
    "echo ${!post*}",
    'eval "echo \\$$n"',
    'eval "$(make-it)"',
    "eval $x",
    'bash -c "$code"',
    "source <(make-it)",
    "declare -n ref=$name",
    "local -n ref=$1",
    "printenv $name",
    "n=install; printenv ${n}Flags",
    "n=install; declare -n r=${n}Flags",
    "declare -p $name",
    "[[ -v $name ]]",
    "substituteAll a b",
    "substituteAllInPlace a",
    "cat $NIX_ATTRS_JSON_FILE",
    "jq . .attrs.json",
    "python -c 'import os; print(os.environ)'",
    "python -c 'import os; print(dict(os.environ))'",
    "python -c 'for k in os.environ: print(k)'",
    "python -c 'from os import path, environ; print(environ)'",
    "perl -e 'print %ENV'",
    "perl -e 'for (keys %ENV) { print }'",
    "perl -e 'print $ENV{$x}'",
    "awk 'BEGIN { for (k in ENVIRON) print k }'",
    "ruby -e 'ENV.each { |k| p k }'",
    "node -e 'console.log(process.env)'",
    "cat /proc/$$/environ",
    "strings /proc/self/environ",
  ])("is true for %j", (text) => {
    expect(readsEveryVariable(text, nothing)).toBe(true);
  });

  it.each([
    "env VAR=x cmd",
    "env -i PATH=x make",
    "set -e",
    "set +x",
    "echo ${env}",
    "case $x in\n env) ;;\n set) ;;\nesac",
    "sed -i s/a/b/ src/environ.c",
    "os.environ['X']",
    "import os; os.environ['X']",
    'python3 -c "os.environ[\\"X\\"]"',
    "for n in a b; do printenv $n; done",
    'os.environ.get("X")',
    "process.env.X",
    "perl -e 'print $ENV{HOME}'",
    'ENVIRON["X"]',
    "mkdir ${!outputBin}/bin",
    "for o in $outputs; do echo ${!o}; done",
    "for n in postInstall preFixup; do echo ${!n}; done",
    "for i in ${!list[@]}; do :; done",
    'x=make; eval "$x all"',
    "eval 'echo x'",
    "nix eval $x",
    "pkg-config --variable=set x",
    "substituteInPlace x --subst-var y",
    'substituteInPlace x --replace "/usr/bin/env" "y"',
    "myenv",
    "source ./env",
  ])("is false for %j", (text) => {
    expect(readsEveryVariable(text, nothing)).toBe(false);
  });

  it("is false for eval of variables with known values", () => {
    const known = { ...nothing, has: (name: string) => name === "code" };
    expect(readsEveryVariable('eval "$code"', known)).toBe(false);
    expect(readsEveryVariable('args="$code x"; eval "run $args"', known)).toBe(false);
    expect(readsEveryVariable('args="$(cat x)"; eval "run $args"', known)).toBe(true);
    expect(readsEveryVariable('read args; eval "run $args"', hookText)).toBe(true);
    expect(readsEveryVariable('args+=" $flags"; eval "run $args"', hookText)).toBe(false);
  });
});

describe("withoutComments", () => {
  it.each([
    ["a # b\nc", "a \nc"],
    ["# a\nb", "\nb"],
    ["a;# b", "a;"],
    ["x=$(a # b\n) # c", "x=$(a \n) "],
  ])("removes the comments of %j", (text, rest) => {
    expect(withoutComments(text)).toBe(rest);
  });

  it.each([
    "echo '# a'",
    'echo "# a"',
    "echo a#b $# ${#x} ${x#y}",
    "echo $'\\'# a'",
    'echo "$(echo "# a")"',
    "cat <<EOF\n# a\nEOF",
    "cat <<-'E'\n\t# a\n\tE",
    "cat << EOF\n# a",
    '"$(case x in a) echo " # b" ;; esac)"',
    "echo \\# a",
    "`echo # a`",
  ])("does not change %j", (text) => {
    expect(withoutComments(text)).toBe(text);
  });
});

describe("computedCallsOf", () => {
  it("returns variables, and patterns of composed names", () => {
    expect(computedCallsOf("make all")).toBeNull();
    expect(computedCallsOf("f=one; $f x")?.words).toContain("one");
    expect(computedCallsOf(`: "\${f:=one}"; $f x`)?.words).toContain("one");
    expect(computedCallsOf("read f < one; $f x")?.words).toContain("one");
    expect(computedCallsOf("$1 one")?.words).toContain("one");
    expect(computedCallsOf("command -v $AR; x=one")).toMatchObject({ variables: ["AR"], words: new Set() });
    expect(computedCallsOf("$p-build")?.patterns[0]?.test("my-build")).toBe(true);
    expect(computedCallsOf("command -v ${p}-to")?.patterns[0]?.test("remove-references-to")).toBe(true);
    expect(computedCallsOf("$out/bin/x")).toBeNull();
    expect(computedCallsOf("f=my; f+=-build; $f")?.patterns.some((one) => one.test("my-build"))).toBe(true);
    expect(computedCallsOf('f="${p}-build"; $f')?.patterns.some((one) => one.test("my-build"))).toBe(true);
    expect(computedCallsOf('f="$src/my"; $f')?.patterns).toEqual([]);
  });

  it("isCommandIn ignores texts in other languages", () => {
    expect(isCommandIn("x || die y", "die")).toBe(true);
    expect(isCommandIn("if die; then", "die")).toBe(true);
    expect(isCommandIn("eval 'die'", "die")).toBe(true);
    expect(isCommandIn("perl -e 'open(F) or die'", "die")).toBe(false);
    expect(isCommandIn("perl -ne 'x || die'", "die")).toBe(false);
    expect(isCommandIn("the die is cast", "die")).toBe(false);
  });
});

describe("filesRunBy", () => {
  const script = storePath("s", "run.sh");
  const textOf = (name: string) => (name === "script" ? script : undefined);
  it.each([
    [`source ${script}`, true],
    [`. ${script}`, true],
    [`. "$script"`, true],
    [`bash ${script} x`, false],
    ["python3 $script", false],
    [`make -f ${script}`, false],
    [`${script}`, false],
    [`cp ${script} x`, false],
    [`make -f${script}`, false],
    [`x --file="${script}"`, false],
  ])("%s", (text, sourced) => {
    expect(filesRunBy(text, "/nix/store", textOf)).toEqual([{ path: script, sourced }]);
  });

  it.each(["source ./x", "source $other", "make"])("finds none in %s", (text) => {
    expect(filesRunBy(text, "/nix/store", textOf)).toEqual([]);
  });
});

describe("withoutStdenvLines", () => {
  const stdenvFunctions = parseStdenvFunctions(["f() {\n  if env | grep x; then echo >&2; fi # c\n}\n"]);

  it("removes the lines of stdenv's own function, in the form that bash prints", () => {
    expect(
      stdenvFunctions.withoutStdenvLines("f", "    if env | grep x; then\n        echo 1>&2;\n    fi"),
    ).toBe("");
    expect(stdenvFunctions.withoutStdenvLines("f", "    declare -p")).toBe("    declare -p");
    expect(stdenvFunctions.withoutStdenvLines("g", "    if env | grep x; then")).toContain("env");
  });

  it("is false for names that are words of the text or of an attribute", () => {
    const loop = (list: string) => `for v in ${list}; do echo "\${!v:-}"; done`;
    const isAttribute = (name: string) => name === "names";
    const ofHook = (name: string) => name === "names";
    expect(readsEveryVariable(loop("A B"), nothing)).toBe(false);
    expect(readsEveryVariable(loop("${names:-} A B"), { ...nothing, isAttribute })).toBe(false);
    expect(readsEveryVariable(loop("$names A B"), hookText)).toBe(false);
    expect(readsEveryVariable(loop("${names:-} A B"), nothing)).toBe(true);
    expect(readsEveryVariable(loop("$names"), { ...hookText, has: ofHook })).toBe(true);
    expect(readsEveryVariable(`names=$(ls); ${loop("$names")}`, hookText)).toBe(true);
    expect(readsEveryVariable(loop("$(ls) A"), hookText)).toBe(true);
    expect(readsEveryVariable(loop('"$@"'), hookText)).toBe(true);
    expect(readsEveryVariable(loop("${names:-$other}"), { ...nothing, isAttribute })).toBe(true);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell
