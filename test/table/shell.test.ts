import { describe, expect, it } from "vitest";
import { variablesReadBy } from "./shell.ts";

const namesIn = (text: string) => variablesReadBy(text).map(({ name }) => name);

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell
describe("variablesReadBy", () => {
  it.each<[string, string[]]>([
    ["echo $foo", ["foo"]],
    ['if [ -z "${dontFoo-}" ]; then :; fi', ["dontFoo"]],
    ['foo --jobs "${#fooFlags[@]}" "${fooFlags[@]}"', ["fooFlags"]],
    [
      "concatTo flags fooFlags fooFlagsArray installTargets=install",
      ["fooFlags", "fooFlagsArray", "installTargets"],
    ],
    ['concatTo flags fooFlags="a b" \\\n  barFlags', ["fooFlags", "barFlags"]],
    ['x="--features=$(concatStringsSep "," fooFeatures)"', ["fooFeatures"]],
    ["prependToVar checkFlags --; runHook preFoo", ["checkFlags", "preFoo"]],
    ["if ! [[ -v enableFoo ]]; then :; fi", ["enableFoo"]],
    ["fooFlags+=(x)\nfoo ${fooFlags[@]}", ["fooFlags"]],
  ])("finds the variables of %j", (text, names) => {
    expect(namesIn(text)).toEqual(names);
  });

  it.each([
    "# $foo",
    "echo \\$foo '$1' $1 $?",
    "local foo=1 bar; echo $foo $bar",
    "local -a foo=(a b)\nconcatTo foo",
    "for foo in a b; do echo $foo; done",
    "while read -r foo; do echo $foo; done",
    "foo=1\necho $foo",
    'echo "appendToVar foo: not found"',
    'echo "$(concatStringsSep ") or (" "$1")"',
  ])("finds none in %j", (text) => {
    expect(namesIn(text)).toEqual([]);
  });

  it("finds a variable that the text sets only if it was unset", () => {
    expect(namesIn('if [ -z "${checkTarget:-}" ]; then checkTarget=test; fi; echo $checkTarget')).toEqual([
      "checkTarget",
    ]);
    expect(namesIn("local foo=${foo:-1}")).toEqual(["foo"]);
  });

  it("returns the line of the first use, also after continued lines", () => {
    const text = "a\nb \\\n  c \\\n  $foo\n\n$bar $foo\n";
    expect(variablesReadBy(text)).toEqual([
      { name: "foo", line: 2 },
      { name: "bar", line: 6 },
    ]);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell
