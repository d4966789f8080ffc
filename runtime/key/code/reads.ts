import type { ByteString } from "../../util/bytes.ts";
import { isLiteral, isTraceable, type KnownVariables, variablesIn } from "./variables.ts";

/** Where a command's name may stand, and what may stand before it: assignments, and commands that run another one. */
const wrappers =
  "(?:exec|command|builtin|time|nohup|nice|timeout|stdbuf|xargs|busybox|toybox|coreutils|setsid|unshare|fakeroot)";
const start = [
  `(?<!;;\\s*|\\bcase\\b[^\\n]*\\bin\\s*)(?:^|[\\n;&|(\`]|(?<!\\$)\\{|![ \\t]|\\b(?:then|do|else|elif|if|while|until|eval)\\b|`,
  `(?<=\\s)-\\w*c[ \\t]*["']|(?<=\\s)-exec\\b)[ \\t]*`,
  `(?:\\w+=(?:"[^"]*"|'[^']*'|[^\\s;&|"'()])*[ \\t]+)*`,
  `(?:${wrappers}\\b(?:[ \\t]+(?:-\\S+|\\d\\S*|\\{\\}|\\w+=\\S*))*[ \\t]+)*`,
].join("");
/** A command's name may be quoted, and have a directory. */
const directory = "[\\\\\"']?(?:[\\w./{$}-]*/)?";
const end = `(?:["']|[ \\t]*(?=[\\n;&|)}\`<>]|\\d>|\\\\;|$))`;

const dumps = [
  `${directory}env["']?(?:[ \\t]+(?:-u[ \\t]*\\w+|--unset=\\w+|-[0iv]+|--null|-|\\w+=(?:"[^"]*"|'[^']*'|[^\\s;&|"'()])*))*`,
  `${directory}printenv["']?(?:[ \\t]+(?:-0|--null))*`,
  "(?:set|(?:export|readonly|declare|typeset|local)(?:[ \\t]+-[a-zA-Z]+)*)",
];

const wholeEnvironment: readonly RegExp[] = [
  new RegExp(`${start}(?:${dumps.join("|")})${end}`),
  /\bcompgen\b|\benv-vars\b|\bNIX_ATTRS_|\.attrs\./,
  // With structuredAttrs, an array of the variables of the environment.
  /\$\{[#!]?env\[(?!\w+\])|\b(?:declare|typeset)[ \t]+-p[ \t]+env\b/,
  // procfs
  /\/proc\b[^;|]*\benviron\b(?![.\w])/,
  // Several languages' environment as a whole, or a variable in it whose name is made first.
  /\bos\.environb?\b(?!\s*(?:\[\s*b?\\?(["'])\w+\\?\1\s*\]|\.(?:get|pop|setdefault)\(\s*b?\\?(["'])\w+\\?\2))/,
  /\bfrom\s+(?:os|posix)\s+import\b[^\n;]*\benviron\b|\bextern\b[^\n]*\benviron\b|\b(?:os\.)?getenvb?\(\s*[A-Za-z_$]/,
  /(?:[%@]\{?|\\%)(?:main)?(?:::)?ENV\b|\bENV\s*\{\s*[$@]|\bENV\s*\[\s*[^"'\s]|\bENV\.(?!fetch\(\s*["']|\[)\w/,
  /\bENVIRON\b(?!\s*\[\s*\\?")/,
  /\bprocess\.env\b(?!\s*(?:\.\w|\[\s*["']))/,
  /\barray\s+(?:get|names)\s+(?:::)?env\b|\.VARIABLES\b|\$_(?:ENV|SERVER)\b(?!\s*\[\s*["'])|\bjq\b[^\n]*(?:\$ENV\b(?!\.\w)|\benv\b(?!\.\w|\[))/,
  /(?<![-\w/.$])["']env["'](?!\w)(?=\s*[\],)])/,
  // stdenv's: it puts every variable's value in the place of its name.
  /(?<![\w$/.-])substituteAll\w*(?![\w=])/,
  // A list of all variables with this beginning.
  /\$\{!\w+[@*]\}/,
];

/** Where the name of a variable is itself a variable's value, or a positional parameter's. */
const throughName: readonly RegExp[] = [
  // ${!output}, with stdenv's outputDev and the like, are outputs; ${!array[@]} are an array's keys.
  /\$\{!(?!output[A-Z])(\w+|[@*#?-])(?!\w|\[[@*]\]\}|[@*]\})/g,
  ...[
    "\\bprintenv[ \\t]+(?:-\\S+[ \\t]+)*",
    "\\b(?:declare|typeset)[ \\t]+-p[ \\t]+",
    "\\b(?:declare|typeset|local)[ \\t]+-\\w*n\\w*[ \\t]+\\w+=",
    "(?:\\[\\[?|\\btest)[ \\t]+(?:![ \\t]+)?-v[ \\t]+",
  ].map((command) => new RegExp(`${command}["']?([^\\s;&|)"']*\\$[^\\s;&|)"']*)`, "g")),
];

const evaluated = new RegExp(`${start}eval[ \\t]+([^\\n;]*)`, "g");
const shellText = /(?<=\s)-\w*c[ \t]+"?\$\{?([\w@*]+)[^}\s"']*\}?"?(?=[\s;&|)]|$)/g;
const sourced = new RegExp(`${start}(?:source|\\.)[ \\t]+<\\(`);

/**
 * Whether a shell text looks at the environment as a whole (`env > file`), or at variables whose names it makes first, and
 * so at every variable there is.
 * @param known what is known of variables that the text does not assign
 */
export function readsEveryVariable(text: ByteString, known: KnownVariables): boolean {
  const joined = text.replaceAll("\\\n", " ");
  return wholeEnvironment.some((pattern) => pattern.test(joined)) || readsUnknown(joined, known);
}

function readsUnknown(text: ByteString, known: KnownVariables): boolean {
  if (sourced.test(text)) return true;
  for (const pattern of throughName) {
    for (const [, word] of text.matchAll(pattern)) if (!isOutputName(text, nameIn(word!))) return true;
  }
  for (const [, argument] of text.matchAll(evaluated))
    if (evaluatesUnknown(text, argument!, known)) return true;
  for (const [, name] of text.matchAll(shellText)) if (!isTraceable(text, name!, known)) return true;
  return false;
}

/** The variable that holds a whole name: `n` for `n`, `$n` and `${n}`; none where the name is put together, as in `${n}Flags`. */
function nameIn(word: ByteString): string {
  return /^(?:\$\{?)?([\w@*#?-]+)\}?$/.exec(word)?.[1] ?? "";
}

/** Whether all that `name` holds are words of the text, or names of outputs, as in `for o in $outputs`. */
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

function evaluatesUnknown(text: ByteString, argument: ByteString, known: KnownVariables): boolean {
  if (/\$\(|`|\$[^\w{(]|\$\{[^\w]/.test(argument.replace(/\\./g, ""))) return true;
  const pieces = /\\\$|'\$'/.test(argument);
  return variablesIn(argument.replace(/'[^']*'/g, "")).some((name) =>
    pieces ? !isLiteral(text, name) : !isTraceable(text, name, known),
  );
}
