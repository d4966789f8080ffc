import type { ByteString } from "../../util/bytes.ts";

/** A function that a phase's text defines on lines of its own. */
interface Definition {
  name: string;
  body: ByteString;
  start: number;
  end: number;
}

/** Attributes whose code runs after buildPhase. */
const afterBuild =
  /^(?:(?:pre|post)(?:Check|Install|Fixup|InstallCheck|Dist)|(?:check|install|fixup|installCheck|dist)Phase)$/;

/**
 * Removes the branches of a buildPhase's functions that only later phases take. `buildGoDir` of buildGoModule, for example,
 * adds `$checkFlags` if its first argument is `test`, as it is in checkPhase, and buildPhase calls it with `install`.
 * @param attributes the texts of the derivation's attributes, which may call the function, too
 */
export function withoutLaterBranches(
  text: ByteString,
  attributes: ReadonlyMap<ByteString, ByteString>,
): ByteString {
  let rest = text;
  for (const definition of definitionsIn(text)) {
    const selector = /\blocal\b[^\n]*?\b([A-Za-z_]\w*)="?\$\{?1\}?"?(?=[\s;])/.exec(definition.body)?.[1];
    const outside = text.slice(0, definition.start) + text.slice(definition.end);
    const values = selector === undefined ? null : firstArguments(outside, definition.name);
    if (values === null || isCalledElsewhere(definition.name, text, attributes)) continue;
    rest = rest.replace(definition.body, () => withoutBranches(definition.body, selector!, values));
  }
  return rest;
}

function definitionsIn(text: ByteString): Definition[] {
  const functions = text.matchAll(/^([ \t]*)([A-Za-z_]\w*)[ \t]*\(\)[ \t]*\{\n([\s\S]*?)^\1\}[ \t]*$/gm);
  return [...functions].map(({ 0: whole, 2: name, 3: body, index }) => ({
    name: name!,
    body: body!,
    start: index,
    end: index + whole.length,
  }));
}

/** Returns the first arguments of all calls of a function; null when one of them is not a literal word. */
function firstArguments(text: ByteString, name: string): Set<string> | null {
  const values = new Set<string>();
  for (const { index } of text.matchAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "g"))) {
    const value = /^[ \t]+(["']?)([\w-]+)\1(?=[\s;)])/.exec(text.slice(index + name.length))?.[2];
    if (value === undefined) return null;
    values.add(value);
  }
  return values.size === 0 ? null : values;
}

/** Whether a text that may run before the end of buildPhase names a function, apart from buildPhase itself. */
function isCalledElsewhere(
  name: string,
  text: ByteString,
  attributes: ReadonlyMap<ByteString, ByteString>,
): boolean {
  return [...attributes].some(
    ([attribute, other]) =>
      attribute !== "buildPhase" && !afterBuild.test(attribute) && other !== text && other.includes(name),
  );
}

/** Removes each `if [ "$selector" = "word" ]; then … fi` without other branches whose word is not among `values`. */
function withoutBranches(body: ByteString, selector: string, values: ReadonlySet<string>): ByteString {
  // Only the first assignment, from the function's argument, may decide.
  if (body.match(new RegExp(`(?<![\\w$])${selector}\\+?=`, "g"))?.length !== 1) return body;
  const branch = new RegExp(
    `^([ \\t]*)if \\[\\[? "?\\$\\{?${selector}\\}?"? ==? "?([\\w-]+)"? \\]\\]?; then\\n((?:(?!\\1(?:elif|else|fi)\\b).*\\n)*)\\1fi[ \\t]*$`,
    "gm",
  );
  return body.replace(branch, (whole, _indent, word: string) => (values.has(word) ? whole : ""));
}
