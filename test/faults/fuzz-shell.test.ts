import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseDeclarations } from "../../runtime/shell/dump/declarations.ts";
import { parseChange, parseDump, parseShellFacts } from "../../runtime/shell/index.ts";
import type { Variable } from "../../runtime/shell/state.ts";
import { added, changeWith, definition } from "../shell/changes.ts";
import { fuzz, mutated, orRefused } from "./harness/fuzz.ts";

const awkward = fc.constantFrom(
  "a",
  "'",
  '"',
  "\\",
  "$",
  "`",
  "\n",
  "]",
  ")",
  " ",
  "=",
  "\xff",
  "\x01",
  "$(id)",
  "é",
);
const text = fc.array(awkward, { maxLength: 6 }).map((parts) => parts.join(""));

/** `"…"` and `$'…'` as bash prints them, and now and then otherwise. */
const doubled = text.map((value) => `"${value.replace(/["\\$`]/g, "\\$&")}"`);
const ansi = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\\n",
        "\\'",
        "\\\\",
        "\\E",
        "\\001",
        "\\x7f",
        "\\u20ac",
        "\\U0001F600",
        "\\cA",
        "a",
        '"',
      ),
      fc.constantFrom("\\0", "\\x", "\\uD800", "\\U00110000", "\\c", "\\9"),
    ),
    { maxLength: 5 },
  )
  .map((parts) => `$'${parts.join("")}'`);
const quoted = fc.oneof(
  { weight: 5, arbitrary: doubled },
  { weight: 2, arbitrary: ansi },
  { weight: 1, arbitrary: text },
);

const element = fc
  .tuple(fc.oneof(fc.nat(20).map(String), quoted, text), quoted)
  .map(([key, value]) => `[${key}]=${value}`);
const array = fc
  .tuple(fc.array(element, { maxLength: 4 }), fc.constantFrom("", " "))
  .map(([items, end]) => `(${items.join(" ")}${end})`);
const declaration = fc
  .tuple(
    fc.constantFrom("--", "-x", "-a", "-A", "-ai", "-Ar", "-n", "-ilux", "-z", "-aA"),
    fc.constantFrom("x", "_y1", "PATH", "1x", "a-b", ""),
    fc.oneof(
      { weight: 3, arbitrary: quoted.map((value) => `=${value}`) },
      { weight: 3, arbitrary: array.map((value) => `=${value}`) },
      fc.constant(""),
    ),
  )
  .map(([letters, name, rest]) => `declare ${letters} ${name}${rest}\n`);

/** As bash prints it; every byte as an octal escape, so that nothing here depends on the reader's quoting. */
function printed(variables: Map<string, Variable>): string {
  const word = (value: string) =>
    `$'${[...value].map((char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`).join("")}'`;
  const right = ({ value }: Variable) => {
    if (value.kind === "unset") return "";
    if (value.kind === "string") return `=${word(value.text)}`;
    const key = (name: string) => (value.kind === "indexed" ? name : word(name));
    return `=(${value.items.map(([name, item]) => `[${key(name)}]=${word(item)}`).join(" ")})`;
  };
  return [...variables]
    .map(([name, one]) => `declare -${one.attributes || "-"} ${name}${right(one)}\n`)
    .join("");
}

it("the reader of declare -p takes no text for what it is not", () => {
  const inputs = fc.array(declaration, { maxLength: 3 }).map((lines) => lines.join(""));
  const bytes = inputs.map((lines) => Buffer.from(lines, "latin1"));
  fuzz("declare -p", fc.oneof(bytes, mutated(bytes)), 3_000, (input) => {
    const variables = orRefused(() => parseDeclarations(input.toString("latin1")));
    if (variables === null) return false;
    expect(parseDeclarations(printed(variables))).toEqual(variables);
    return true;
  });
});

it("the dump's reader takes no dump for what it is not", () => {
  const fields = fc.tuple(
    fc.constantFrom("hB", "ehuB", ""),
    fc.constantFrom("shopt -s extglob\n", "shopt -u extglob\nshopt -s x\n", "shopt -u x\n"),
    fc.constantFrom("set -o errexit\n", "set +o errexit\n", "set"),
    fc.constantFrom("0022\n", "9\n", "7\n"),
    fc.constantFrom("/build\n", "/build\n", "build\n", "\n"),
    fc.constantFrom("", "trap -- 'x' EXIT\n"),
    fc.constantFrom("", "[1]+ 12 Running sleep 1 &\n", "x"),
    fc.constantFrom("3 /proc/1 /proc/3\n", "", "x /proc/y"),
    fc.constantFrom("enable echo\nenable -n printf\n", "", "x"),
    fc.constantFrom("", "builtin hash -p /bin/ls ls\n", "x"),
    fc.oneof(declaration, fc.constant('declare -x A="b"\n')),
    fc.constantFrom("declare -a DIRSTACK=()\ndeclare -A BASH_ALIASES=()\n", "", "x"),
    fc.constantFrom("f f\0f () \n{ \n    :\n}\n\0", "", "x\0"),
  );
  const dumps = fields.map((parts) => Buffer.from(`phasecache state 1\0${parts.join("\0")}end\0`, "latin1"));
  fuzz("dump", fc.oneof(dumps, mutated(dumps)), 1_000, (bytes) => {
    const state = orRefused(() => parseDump(bytes));
    const facts = orRefused(() => parseShellFacts(bytes));
    return state !== null && facts !== null;
  });
});

it("a change from the store is whole, or refused", () => {
  const names = fc.constantFrom(
    "x",
    "PATH",
    "x;id",
    "BASHOPTS",
    "IFS",
    "__proto__",
    "f",
    "builtin",
    "",
    "x[$(id)]",
  );
  const side = fc.oneof(
    fc.record({
      attributes: fc.constantFrom("", "x", "a", "A", "n", "xx", "z"),
      value: fc.oneof(
        text.map((value) => ({ kind: "string", text: value })),
        fc.array(fc.tuple(text, text), { maxLength: 3 }).map((items) => ({ kind: "associative", items })),
        fc.constantFrom({ kind: "unset" }, { kind: "code" }, null),
      ),
    }),
    fc.constantFrom(null, 1, definition("f")),
  );
  const change = fc.tuple(names, side).map(([name, after]) => added(name, after));
  const inputs = fc.tuple(
    fc.array(change, { maxLength: 2 }),
    fc.array(change, { maxLength: 1 }),
    fc.constantFrom("0022", "9", 18),
  );
  fuzz("change of state", inputs, 2_000, ([variables, functions, after]) => {
    const value = changeWith({ variables, functions, umask: { before: "0022", after } });
    const parsed = orRefused(() => parseChange(decode(encode(value))));
    if (parsed === null) return false;
    expect(parseChange(decode(encode(parsed)))).toEqual(parsed);
    return true;
  });
});
