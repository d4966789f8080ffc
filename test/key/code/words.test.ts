import { describe, expect, it } from "vitest";
import { callsOf } from "../../../runtime/key/code/calls.ts";
import { readsEveryVariable } from "../../../runtime/key/code/reads.ts";
import { withoutStorePaths, wordsOf } from "../../../runtime/key/code/words.ts";
import { storePath } from "../example.ts";

describe("wordsOf", () => {
  it.each([
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell
    ["make $makeFlags", ["make", "makeFlags"]],
    ['"${makeFlags[@]}"', ["makeFlags"]],
    ["${!name:-x}", ["name", "x"]],
    ["wrapProgram_2 a1", ["wrapProgram_2", "a1"]],
    ["py.test a-b.c", ["py", "test", "py.test", "a", "b", "c", "a-b", "a-b.c"]],
    ["nuke-refs -x a-b-c", ["nuke", "refs", "nuke-refs", "x", "a", "b", "c", "a-b-c"]],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell
    ["1 + 2", []],
  ])("%s", (text, words) => {
    expect([...wordsOf(text)].sort()).toEqual([...words].sort());
  });

  it("returns complete words", () => {
    expect(wordsOf("xmakeFlags makeFlagsArray").has("makeFlags")).toBe(false);
  });
});

describe("callsOf", () => {
  it.each([
    "f",
    "a; f x",
    "if f; then",
    "$(f)",
    "runHook f",
    "x && f",
    'eval "f"',
    "X=1 f",
    "X= f",
    "case x in y) f;; esac",
    "hooks=(f g)",
    "f() { :; }",
    "! f",
  ])("finds the call of f in %j", (text) => {
    expect(callsOf(text).has("f")).toBe(true);
  });

  it.each([
    "$f",
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell
    "${f}",
    "${#f}",
    "${!f}",
    "${x-f}",
    "${x:-f}",
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell
    "f=1",
    "f+=1",
    "f[2]=1",
    "x=f",
    'x="f"',
    "[ $x = f ]",
    '[ "$x" != "f" ]',
    "[[ $x == f ]]",
    "x -f",
    "--with-f",
    "dir/f",
    "x.f",
    "fg",
    "gf",
  ])("finds none in %j", (text) => {
    expect(callsOf(text).has("f")).toBe(false);
  });
});

describe("readsEveryVariable", () => {
  it.each([
    "env",
    "env > $out/env",
    "env|sort",
    "make; env 2>/dev/null",
    "  /usr/bin/env\n",
    "set | grep x",
    "export -p > x",
    "declare -p >x",
    "declare -px",
    "x=$(printenv)",
    "if true; then printenv; fi",
    "for x in $(compgen -v); do",
    `for x in "\${!env[@]}"; do`,
    `echo "\${env[*]}"`,
    `echo "\${env[$x]}"`,
    "declare -p env",
    "cat /proc/self/environ",
    "cp env-vars x",
  ])("is true for %j", (text) => {
    expect(readsEveryVariable(text, { has: () => false, isAttribute: () => false, complete: false })).toBe(
      true,
    );
  });

  it.each([
    "env FOO=1 make",
    "#!/usr/bin/env bash\n",
    "set -x",
    "set -- a b",
    "export FOO=1",
    "declare -p FOO",
    "declare -p envelope",
    `echo "\${env[FOO]}" "\${#myenv[@]}"`,
    "printenv FOO",
    "in this env\n",
    "environment",
    "environ=1",
  ])("is false for %j", (text) => {
    expect(readsEveryVariable(text, { has: () => false, isAttribute: () => false, complete: false })).toBe(
      false,
    );
  });
});

describe("withoutStorePaths", () => {
  it("removes the names of store paths, and nothing else", () => {
    const text = `a ${storePath("w", "makeFlags-1.0")}/bin/b "${storePath("w", "x")}"`;
    expect(withoutStorePaths(text, "/nix/store")).toBe('a /nix/store/bin/b "/nix/store"');
    expect(withoutStorePaths("/nix/store/makeFlags", "/nix/store")).toBe("/nix/store/makeFlags");
    expect(withoutStorePaths(text, "/other.store")).toBe(text);
  });
});
