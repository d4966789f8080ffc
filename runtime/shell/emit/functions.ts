import type { Setting } from "../plan.ts";
import type { ShellFunction } from "../state.ts";
import { bashWord } from "./quote.ts";

/** The two parts of defining functions: what may fail and changes nothing, and what changes the shell. */
export interface FunctionScript {
  check: string[];
  apply: string[];
}

/**
 * The builtins that are not switched off while functions are defined: those that the script itself calls, and those
 * whose arguments bash reads as assignments, arrays included, only while they are on.
 */
const left = "@(alias|builtin|declare|enable|eval|export|local|readonly|set|typeset)";

/**
 * A function's text comes from the store, and nothing but bash can tell where a function ends. So a subshell
 * evaluates it that can do nothing else: a restricted shell without builtins and without a path. What the build's own
 * shell then evaluates is what that subshell printed with `declare -f`: definitions, and nothing that runs. Text
 * beyond a definition can still loop for ever in there, or declare what a stored variable or function could as well.
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
    `[[ $_phaseCacheBuiltin == ${left} ]] || \\builtin enable -n "$_phaseCacheBuiltin"`,
    "done",
    "\\builtin set -r",
    "\\builtin enable -n enable set",
    ...texts.map((text) => `\\builtin eval -- ${text}`),
    `\\builtin declare -f -- ${names}`,
    "} 2>/dev/null",
    ") || \\builtin return 1",
  ];
}
