import type { Setting } from "../plan.ts";
import type { ShellFunction } from "../state.ts";
import { bashWord } from "./quote.ts";

/** The two parts of the script: `check` may fail and changes nothing, `apply` changes the shell. */
interface FunctionScript {
  check: string[];
  apply: string[];
}

/**
 * The builtins that stay enabled while functions are defined: those that the script calls itself, and those whose arguments
 * bash parses as assignments, including those of arrays, only while they are enabled.
 */
const enabledBuiltins = "@(alias|builtin|declare|enable|eval|export|local|readonly|set|typeset)";

/**
 * Returns the lines that define functions. A function's text comes from the store, and only bash can tell where a function
 * ends. So a subshell evaluates it that can do nothing else: a restricted shell without builtins and without a path. The
 * build's own shell then evaluates what that subshell printed with `declare -f`: definitions, and no other commands. Text
 * after a definition can still loop forever in the subshell, or declare what a stored variable or function could declare.
 */
export function emitFunctions(settings: Setting<ShellFunction>[]): FunctionScript {
  const wanted = settings.flatMap(({ name, wanted: f }) =>
    f === null ? [] : [{ word: bashWord(name), ...f }],
  );
  const old = settings.filter(({ current }) => current !== null).map(({ name }) => bashWord(name));
  const attributes = wanted.filter((f) => f.attributes !== "");
  const removal = old.length === 0 ? [] : [`\\builtin unset -f -- ${old.join(" ")}`];
  if (wanted.length === 0) return { check: [], apply: removal };
  return {
    check: checkLines(
      wanted.map(({ text }) => bashWord(text)),
      wanted.map(({ word }) => word).join(" "),
    ),
    apply: [
      "\\builtin shopt -s extglob",
      ...removal,
      '\\builtin eval -- "$_phaseCacheFunctions" || \\builtin return 1',
      ...attributes.map((f) => `\\builtin declare -f${f.attributes} -- ${f.word}`),
    ],
  };
}

function checkLines(texts: string[], names: string): string[] {
  return [
    "\\builtin local _phaseCacheFunctions",
    "_phaseCacheFunctions=$(",
    "{ \\builtin trap - DEBUG ERR RETURN; \\builtin set +eux; } >/dev/null 2>&1",
    "{",
    "\\builtin set +k +o posix -f",
    "\\builtin shopt -u expand_aliases",
    "\\builtin shopt -s extglob",
    "IFS=$' \\n' PATH=/dev/null",
    "for _phaseCacheBuiltin in $(\\builtin enable); do",
    `[[ $_phaseCacheBuiltin == ${enabledBuiltins} ]] || \\builtin enable -n "$_phaseCacheBuiltin"`,
    "done",
    "\\builtin set -r",
    "\\builtin enable -n enable set",
    ...texts.map((text) => `\\builtin eval -- ${text}`),
    `\\builtin declare -f -- ${names}`,
    "} 2>/dev/null",
    ") || \\builtin return 1",
  ];
}
