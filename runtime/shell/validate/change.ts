import type { ByteString } from "../../util/bytes.ts";
import type { Change, StateChange } from "../change.ts";
import { isExcludedOption, isExcludedVariable, isHookName } from "../excluded.ts";
import type { ShellFunction, Variable } from "../state.ts";
import { boolean, fail, list, record, refuse, text } from "./fields.ts";
import { parseVariable } from "./variable.ts";

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Bash accepts any word that needs no quoting, but can't print a function whose name contains `=`. */
const functionName = /^[^\x00-\x20\x7f"'\\$`|&;()<>=]{1,4096}$/;
const optionName = /^(?:shopt [a-z0-9_]{1,64}|set -o [a-z0-9-]{1,64})$/;

/**
 * Checks a change from a store, to which any build can write. The script for an accepted change sets what the change names
 * and does nothing else. Only the start of a function's text is checked here: `emitFunctions` guards against the rest.
 * @throws PhaseCacheError `damaged` for an invalid structure, `refused` for a name that no change may set
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
  return /^[0-7]{3,4}$/.test(text(value)) ? text(value) : fail("invalid umask");
}

function parseDirectory(value: unknown): ByteString {
  return text(value).startsWith("/") ? text(value) : fail("invalid directory");
}

function parseFunction(value: unknown): ShellFunction {
  const fields = record(value);
  const attributes = text(fields.attributes);
  if (!/^r?t?x?$/.test(attributes)) fail("invalid attributes");
  return { attributes, text: text(fields.text) };
}

function checkVariable(change: Change<Variable>): Change<Variable> {
  const { name, after } = change;
  if (!variableName.test(name)) fail("invalid name of a variable");
  if (isExcludedVariable(name)) refuse(name);
  const value = after?.value;
  const target = after?.attributes.includes("n") && value?.kind === "string" ? value.text : "";
  if (target.split("[", 1)[0] === name) fail("a nameref refers to itself");
  return change;
}

function checkOption(change: Change<boolean>): Change<boolean> {
  if (!optionName.test(change.name)) fail("invalid name of an option");
  return isExcludedOption(change.name) ? refuse(change.name) : change;
}

function checkFunction(change: Change<ShellFunction>): Change<ShellFunction> {
  const { name, before, after } = change;
  if (!functionName.test(name)) fail("invalid name of a function");
  if (isHookName(name) || name === "builtin") refuse(`function ${name}`);
  for (const side of [before, after]) {
    if (side !== null && !isDefinition(name, side.text)) fail("invalid definition of a function");
  }
  return change;
}

/**
 * Whether a text starts like a function that bash printed. Bash prints `function` before a name that is a reserved word.
 * Redirections may follow the closing brace.
 */
function isDefinition(name: string, definition: ByteString): boolean {
  const start = `${name} () \n{ \n`;
  const isStarted = definition.startsWith(start) || definition.startsWith(`function ${start}`);
  return isStarted && definition.includes("\n}");
}
