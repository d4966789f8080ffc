import { withoutComments } from "../../runtime/key/code/comments.ts";

/** A use of a variable whose first value does not come from the text that uses it. */
export interface VariableRead {
  name: string;
  /** The line of its first use, from 1. */
  line: number;
}

const name = "[A-Za-z_]\\w*";

/** Matches expansions: `$x`, `${x…}`, `${#x[@]}`. The second group is there if the text handles an unset variable. */
const expansion = new RegExp(`(?<!\\\\)\\$(?:\\{[#!]?(${name})(?:\\[[@*]\\])?(:?[-=+])?|(${name}))`, "g");

/** Matches what precedes a command. */
const start = "(?:^|[\\n;&|(){]|\\b(?:then|do|else|if|while|until))[ \\t]*(?:![ \\t]+)?";

/** Matches commands whose argument is the name of a variable. */
const named: readonly RegExp[] = [
  new RegExp(`${start}(?:appendToVar|prependToVar|runHook)[ \\t]+["']?(${name})`, "g"),
  new RegExp(`\\bconcatStringsSep[ \\t]+(?:"[^"]*"|'[^']*'|[^\\s"']+)[ \\t]+["']?(${name})`, "g"),
  new RegExp(`(?:\\[\\[?|\\btest|&&|\\|\\|)[ \\t]+(?:![ \\t]+)?-v[ \\t]+["']?(${name})`, "g"),
];
/** Matches commands that append the elements of variables to an array. A variable can have a default: `x=all`. */
const lists = new RegExp(
  `${start}(?:concatTo[ \\t]+\\w+|_accumFlagsArray)((?:[ \\t]+\\w+(?:=(?:"[^"]*"|'[^']*'|\\S*))?)+)`,
  "g",
);

/**
 * Finds the variables that a shell text reads and does not set. A variable that it sets, too, counts if the text handles
 * its being unset (`${x-}`, `concatTo flags x`): its first value comes from the derivation or from another hook.
 */
export function variablesReadBy(text: string): VariableRead[] {
  const code = withoutComments(joinLines(text));
  const local = localsOf(code);
  const assigned = assignedIn(code);
  const found = new Map<string, number>();
  const add = (read: string, at: number, isOptional: boolean) => {
    if (local.has(read) || (assigned.has(read) && !isOptional)) return;
    found.set(read, Math.min(at, found.get(read) ?? at));
  };
  for (const { 1: braced, 2: operator, 3: plain, index } of code.matchAll(expansion))
    add((braced ?? plain)!, index, operator !== undefined);
  for (const pattern of named)
    for (const { 0: command, 1: read, index } of code.matchAll(pattern))
      add(read!, index + command.length - 1, true);
  for (const { 0: command, 1: list, index } of code.matchAll(lists)) {
    const words = list!.replace(/=(?:"[^"]*"|'[^']*'|\S*)/g, "").match(/(?<=\s)[A-Za-z_]\w*/g) ?? [];
    for (const word of words) add(word, index + command.length - 1, true);
  }
  return [...found].map(([read, at]) => ({ name: read, line: code.slice(0, at).split("\n").length }));
}

/** Joins continued lines, and adds the lost line ends after them, so that the numbers of other lines stay. */
function joinLines(text: string): string {
  return text.replace(/(?:[^\n]*\\\n)+[^\n]*/g, (lines) => {
    const count = lines.split("\n").length - 1;
    return lines.replaceAll("\\\n", " ") + "\n".repeat(count);
  });
}

/** Returns the variables that exist only in functions of the text, or only as its loop variables. */
function localsOf(code: string): Set<string> {
  const found = new Set<string>();
  for (const [, words] of code.matchAll(/\blocal[ \t]+((?:[^\n;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)/g)) {
    // The value of `local x=$x` comes from outside.
    for (const { 1: variable, 2: value } of words!.matchAll(
      /(?<=^|[ \t])([A-Za-z_]\w*)(?:=("[^"]*"|\([^)]*\)|\S*))?/g,
    ))
      if (!new RegExp(`\\$\\{?${variable}\\b`).test(value ?? "")) found.add(variable!);
  }
  for (const [, variable] of code.matchAll(/\b(?:for|select)[ \t]+([A-Za-z_]\w*)/g)) found.add(variable!);
  return found;
}

/** Returns the variables that the text sets anywhere. Appending does not count: `flags+=(x)`. */
function assignedIn(code: string): Set<string> {
  const found = new Set<string>();
  for (const [, variable] of code.matchAll(/(?<![\w$.{/-])([A-Za-z_]\w*)(?:\[[^\]\n]*\])?=/g))
    found.add(variable!);
  for (const [, words] of code.matchAll(
    /\b(?:read|mapfile|readarray|declare|typeset|export|getopts|printf[ \t]+-v)[ \t]+([^\n;|&<>]*)/g,
  ))
    for (const word of words!.match(/(?<=^|[ \t])[A-Za-z_]\w*/g) ?? []) found.add(word);
  return found;
}
