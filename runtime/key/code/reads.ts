import type { ByteString } from "../../util/bytes.ts";
import { assignedValues, isLiteral, isTraceable, type KnownVariables, variablesIn } from "./variables.ts";

/** Commands that run another command. */
const wrappers =
  "(?:exec|command|builtin|time|nohup|nice|timeout|stdbuf|xargs|busybox|toybox|coreutils|setsid|unshare|fakeroot)";
/** Matches what may precede a command's name: the start of a command, assignments, and `wrappers`. */
const start = [
  `(?<!;;\\s*|\\bcase\\b[^\\n]*\\bin\\s*)(?:^|[\\n;&|(\`]|(?<!\\$)\\{|![ \\t]|\\b(?:then|do|else|elif|if|while|until|eval)\\b|`,
  `(?<=\\s)-\\w*c[ \\t]*["']|(?<=\\s)-exec\\b)[ \\t]*`,
  `(?:\\w+=(?:"[^"]*"|'[^']*'|[^\\s;&|"'()])*[ \\t]+)*`,
  `(?:${wrappers}\\b(?:[ \\t]+(?:-\\S+|\\d\\S*|\\{\\}|\\w+=\\S*))*[ \\t]+)*`,
].join("");
/** Matches a quote and a directory before a command's name. */
const directory = "[\\\\\"']?(?:[\\w./{$}-]*/)?";
const end = `(?:["']|[ \\t]*(?=[\\n;&|)}\`<>]|\\d>|\\\\;|$))`;

/** Commands that print all variables. */
const dumps = [
  `${directory}env["']?(?:[ \\t]+(?:-u[ \\t]*\\w+|--unset=\\w+|-[0iv]+|--null|-|\\w+=(?:"[^"]*"|'[^']*'|[^\\s;&|"'()])*))*`,
  `${directory}printenv["']?(?:[ \\t]+(?:-0|--null))*`,
  "(?:set|(?:export|readonly|declare|typeset|local)(?:[ \\t]+-[a-zA-Z]+)*)",
];

/** Matches reads of the complete environment. */
const environmentReads: readonly RegExp[] = [
  new RegExp(`${start}(?:${dumps.join("|")})${end}`),
  /\bcompgen\b|\benv-vars\b|\bNIX_ATTRS_|\.attrs\./,
  // With structuredAttrs, `env` is an array of the environment's variables.
  /\$\{[#!]?env\[(?!\w+\])|\b(?:declare|typeset)[ \t]+-p[ \t]+env\b/,
  // procfs
  /\/proc\b[^;|]*\benviron\b(?![.\w])/,
  // The complete environment in several languages, or a variable in it with a computed name.
  /\bos\.environb?\b(?!\s*(?:\[\s*b?\\?(["'])\w+\\?\1\s*\]|\.(?:get|pop|setdefault)\(\s*b?\\?(["'])\w+\\?\2))/,
  /\bfrom\s+(?:os|posix)\s+import\b[^\n;]*\benviron\b|\bextern\b[^\n]*\benviron\b|\b(?:os\.)?getenvb?\(\s*[A-Za-z_$]/,
  /(?:[%@]\{?|\\%)(?:main)?(?:::)?ENV\b|\bENV\s*\{\s*[$@]|\bENV\s*\[\s*[^"'\s]|\bENV\.(?!fetch\(\s*["']|\[)\w/,
  /\bENVIRON\b(?!\s*\[\s*\\?")/,
  /\bprocess\.env\b(?!\s*(?:\.\w|\[\s*["']))/,
  /\barray\s+(?:get|names)\s+(?:::)?env\b|\.VARIABLES\b|\$_(?:ENV|SERVER)\b(?!\s*\[\s*["'])|\bjq\b[^\n]*(?:\$ENV\b(?!\.\w)|\benv\b(?!\.\w|\[))/,
  /(?<![-\w/.$])["']env["'](?!\w)(?=\s*[\],)])/,
  // stdenv's function that replaces the name of every variable by its value.
  /(?<![\w$/.-])substituteAll\w*(?![\w=])/,
  // All variables with this prefix.
  /\$\{!\w+[@*]\}/,
];

/** Matches uses of a variable whose name is the value of another variable or of a positional parameter. */
const computedNames: readonly RegExp[] = [
  // Not ${!outputDev} and the like, where stdenv's variables contain names of outputs; not ${!array[@]}, an array's keys.
  /\$\{!(?!output[A-Z])(\w+|[@*#?-])(?!\w|\[[@*]\]\}|[@*]\})/g,
  ...[
    "\\bprintenv[ \\t]+(?:-\\S+[ \\t]+)*",
    "\\b(?:declare|typeset)[ \\t]+-p[ \\t]+",
    "\\b(?:declare|typeset|local)[ \\t]+-\\w*n\\w*[ \\t]+\\w+=",
    "(?:\\[\\[?|\\btest)[ \\t]+(?:![ \\t]+)?-v[ \\t]+",
  ].map((command) => new RegExp(`${command}["']?([^\\s;&|)"']*\\$[^\\s;&|)"']*)`, "g")),
];

/** Matches the arguments of eval, shell texts in variables (`sh -c "$x"`), and `source <(…)`. */
const evaluated = new RegExp(`${start}eval[ \\t]+([^\\n;]*)`, "g");
const shellText = /(?<=\s)-\w*c[ \t]+"?\$\{?([\w@*]+)[^}\s"']*\}?"?(?=[\s;&|)]|$)/g;
const sourced = new RegExp(`${start}(?:source|\\.)[ \\t]+<\\(`);

/**
 * Whether a shell text may read any variable: it reads the complete environment (`env > file`), or variables with computed
 * names.
 * @param known knowledge about variables that the text does not assign
 */
export function readsEveryVariable(text: ByteString, known: KnownVariables): boolean {
  const joined = text.replaceAll("\\\n", " ");
  return environmentReads.some((pattern) => pattern.test(joined)) || readsUnknown(joined, known);
}

function readsUnknown(text: ByteString, known: KnownVariables): boolean {
  if (sourced.test(text)) return true;
  for (const pattern of computedNames) {
    for (const [, word] of text.matchAll(pattern)) {
      const name = nameIn(word!);
      if (!isOutputName(text, name) && !isNameInAttribute(text, name, known)) return true;
    }
  }
  for (const [, argument] of text.matchAll(evaluated))
    if (evaluatesUnknown(text, argument!, known)) return true;
  for (const [, name] of text.matchAll(shellText)) if (!isTraceable(text, name!, known)) return true;
  return false;
}

/** Returns the variable that contains the complete name: `n` for `n`, `$n` and `${n}`, and none for `${n}Flags`. */
function nameIn(word: ByteString): string {
  return /^(?:\$\{?)?([\w@*#?-]+)\}?$/.exec(word)?.[1] ?? "";
}

/** Whether all possible values of variable `name` are words of the text or names of outputs, as in `for o in $outputs`. */
function isOutputName(text: ByteString, name: string): boolean {
  if (name === "outputs") return true;
  return isLiteral(
    text.replace(
      /"?\$\{?outputs(?:\[@\])?\}?"?|"?\$\{!outputs\[@\]\}"?|"?\$\(getAllOutputNames\)"?/g,
      " out ",
    ),
    name,
  );
}

/**
 * Whether all possible values of variable `name` are words of the text, or of attributes, as in
 * `for v in ${wrapPrefixVariables:-} GI_TYPELIB_PATH`. The words of an attribute count wherever a text names it.
 */
function isNameInAttribute(text: ByteString, name: string, known: KnownVariables): boolean {
  const isSearched = (list: string) =>
    known.isAttribute(list) ||
    (known.complete && !known.has(list) && assignedValues(text, list)?.length === 0);
  const literal = (value: ByteString) =>
    value.replace(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-)?\})/g, (whole, plain, braced) =>
      isSearched(plain ?? braced) ? " " : whole,
    );
  const values = assignedValues(text, name);
  return (
    values !== null && values.length > 0 && values.every((value) => /^[\w\s./:,+-]*$/.test(literal(value)))
  );
}

function evaluatesUnknown(text: ByteString, argument: ByteString, known: KnownVariables): boolean {
  if (/\$\(|`|\$[^\w{(]|\$\{[^\w]/.test(argument.replace(/\\./g, ""))) return true;
  const pieces = /\\\$|'\$'/.test(argument);
  return variablesIn(argument.replace(/'[^']*'/g, "")).some((name) =>
    pieces ? !isLiteral(text, name) : !isTraceable(text, name, known),
  );
}
