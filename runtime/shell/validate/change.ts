import type { ByteString } from "../../util/bytes.ts";
import type { Change, StateChange } from "../change.ts";
import { isExcludedOption, isExcludedVariable, isHookName } from "../excluded.ts";
import type { ShellFunction, Variable } from "../state.ts";
import { boolean, fail, list, record, refuse, text } from "./fields.ts";
import { parseVariable } from "./variable.ts";

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Bash takes any word that needs no quoting; it can't print a function whose name holds a `=`. */
const functionName = /^[^\x00-\x20\x7f"'\\$`|&;()<>=]{1,4096}$/;
const optionName = /^(?:shopt [a-z0-9_]{1,64}|set -o [a-z0-9-]{1,64})$/;

/**
 * A change as it was read from a store, which anybody may have written to: checked so that a script made of it sets
 * what it names and does nothing else. Of a function's text only the head is checked here, see `emitFunctions`.
 * @throws PhaseCacheError `damaged` for another shape, `refused` for a name that no change may touch
 */
export function parseChange(value: unknown): StateChange {
  const { variables, functions, options, umask, cwd } = record(value);
  return {
    variables: parseChanges(variables, parseVariable).map(checkVariable),
    functions: parseChanges(functions, parseFunction).map(checkFunction),
    options: parseChanges(options, boolean).map(checkOption),
    umask: parsePair(umask, parseMask),
    cwd: parsePair(cwd, parseDirectory),
  };
}

function parsePair<T>(value: unknown, parse: (value: unknown) => T): { before: T; after: T } {
  const { before, after } = record(value);
  return { before: parse(before), after: parse(after) };
}

function parseChanges<T>(value: unknown, parse: (value: unknown) => T): Change<T>[] {
  const orNull = (side: unknown) => (side === null ? null : parse(side));
  const changes = list(value).map((one) => ({ name: text(record(one).name), ...parsePair(one, orNull) }));
  if (new Set(changes.map(({ name }) => name)).size !== changes.length) fail("a name occurs twice");
  return changes;
}

function parseMask(value: unknown): string {
  return /^[0-7]{3,4}$/.test(text(value)) ? text(value) : fail("no umask");
}

function parseDirectory(value: unknown): ByteString {
  return text(value).startsWith("/") ? text(value) : fail("no directory");
}

function parseFunction(value: unknown): ShellFunction {
  const fields = record(value);
  const attributes = text(fields.attributes);
  if (!/^r?t?x?$/.test(attributes)) fail("no attributes");
  return { attributes, text: text(fields.text) };
}

function checkVariable(change: Change<Variable>): Change<Variable> {
  const { name, after } = change;
  if (!variableName.test(name)) fail("no variable's name");
  if (isExcludedVariable(name)) refuse(name);
  const value = after?.value;
  const target = after?.attributes.includes("n") && value?.kind === "string" ? value.text : "";
  if (target.split("[", 1)[0] === name) fail("a reference to itself");
  return change;
}

function checkOption(change: Change<boolean>): Change<boolean> {
  if (!optionName.test(change.name)) fail("no option's name");
  return isExcludedOption(change.name) ? refuse(change.name) : change;
}

function checkFunction(change: Change<ShellFunction>): Change<ShellFunction> {
  const { name, before, after } = change;
  if (!functionName.test(name)) fail("no function's name");
  if (isHookName(name) || name === "builtin") refuse(`function ${name}`);
  for (const side of [before, after]) {
    if (side !== null && !isDefinition(name, side.text)) fail("no function's text");
  }
  return change;
}

/** Bash prints `function` before a name that is a reserved word. Redirections may follow the closing brace. */
function isDefinition(name: string, definition: ByteString): boolean {
  const head = `${name} () \n{ \n`;
  const headed = definition.startsWith(head) || definition.startsWith(`function ${head}`);
  return headed && definition.includes("\n}");
}
