import fc from "fast-check";
import { type ByteString, fromText } from "../../runtime/util/bytes.ts";

const awkward = [
  "\n",
  "'",
  '"',
  "$",
  "\\",
  "`",
  "!",
  "\x01",
  "\x7f",
  "\x1b",
  " ",
  "\t",
  "]",
  "[",
  "}",
  "x () \n{ ",
  "$(id)",
];

/** Bytes that bash can store, with many special characters. */
export const bytes: fc.Arbitrary<ByteString> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...awkward) },
      { weight: 3, arbitrary: fc.constantFrom("a", "B", "0", "~", "é", "€", "日", "-n", "=").map(fromText) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

/** Quotes with single quotes, so that the test does not depend on the quoting that it tests. */
export function quote(text: ByteString): ByteString {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns statements that create a variable with the given name. */
export type Maker = (name: string) => ByteString;

const flags = fc.subarray(["x", "t"]).map((letters) => letters.join(""));
const separate = fc.constantFrom("i", "u", "l", "c", "r", "");

const scalar: fc.Arbitrary<Maker> = fc.tuple(bytes, flags, separate).map(([value, early, last]) => (name) => {
  const declared = `declare -g${early} ${name}=${quote(value)}`;
  return last === "" ? declared : `${declared}; declare -g${last} ${name}`;
});

const unset: fc.Arbitrary<Maker> = fc
  .constantFrom("", "x", "a", "A", "i", "n", "ax", "u")
  .map((letters) => (name) => `declare -g${letters} ${name}`);

const indices = fc.oneof(fc.nat(20), fc.constantFrom("9223372036854775807", "4294967296"));

const indexed: fc.Arbitrary<Maker> = fc
  .tuple(fc.array(fc.tuple(indices, bytes), { maxLength: 5 }), flags)
  .map(([items, early]) => (name) => {
    const elements = items.map(([index, value]) => `${name}[${index}]=${quote(value)}`);
    return [`declare -ga${early} ${name}=()`, ...elements].join("; ");
  });

// Bash before 5.2 does not accept `@` and `*` as keys.
const keys = bytes.filter((key) => key !== "" && key !== "@" && key !== "*");

const associative: fc.Arbitrary<Maker> = fc
  .tuple(fc.array(fc.tuple(keys, bytes), { maxLength: 6 }), flags)
  .map(([items, early]) => (name) => {
    const elements = items.map(([key, value]) => `key=${quote(key)}; ${name}[$key]=${quote(value)}`);
    return [`declare -gA${early} ${name}=()`, ...elements, "unset key"].join("; ");
  });

const reference: fc.Arbitrary<Maker> = fc
  .tuple(fc.constantFrom("foo", "v0", "v1[3]", "PATH"), fc.constantFrom("n", "nx", "nr"))
  .map(
    ([target, letters]) =>
      (name) =>
        `declare -g${letters} ref_${name}=${quote(target)}; ${name}=`,
  );

export const maker = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: unset },
  { weight: 3, arbitrary: indexed },
  { weight: 3, arbitrary: associative },
  { weight: 1, arbitrary: reference },
);

/** A command for the body of a function. */
const command: fc.Arbitrary<ByteString> = fc.oneof(
  bytes.map((text) => `echo ${quote(text)}`),
  fc.constantFrom(
    "cat <<EOF\n}\nx () \n{ \n    $HOME\nEOF",
    "cat <<'A' | tr a b\n}; evil\nA",
    "cat > /dev/null <<-A\n\ttabs\n\tA",
    "inner() { echo in; cat <<X\n}\nX\n}; inner",
    'case $1 in a|b) echo 1 ;; [[:alpha:]]*) echo 2 ;& "x y") echo 3 ;;& *) ;; esac',
    "case $1 in !(a|*.c)) echo 1 ;; +([0-9])) echo 2 ;; esac",
    "rm -f nothing!(*.o) nothing@(a|b)",
    '[[ $1 =~ ^(a|b)+$ && ! -e $1 || $1 == *"}"* ]]',
    "for ((i = 0; i < 3; i++)); do echo $((i << 2)); done",
    'for x in "$@"; do continue; done',
    `while read -r line; do echo "\${line//\\/\\\\}"; done < <(echo hi)`,
    "if ! (cd / && ls) &> /dev/null; then echo no; elif true; then :; else echo; fi",
    `echo "$(echo "nested $(echo ")" )")" \`echo old\` \${1:-"de}f"} $'a\\tb\\001'`,
    "local -A map=([a]=1 [\"b c\"]='2')",
    "{ echo a; echo b; } 2>&1 | sort &",
    "until false; do break; done; time true",
    "echo {a,b}{1..3} ~ *.c # a comment",
  ),
);

const functionNames = [
  "f",
  "a-b",
  "a:b",
  "a.b",
  "é",
  "cd",
  "echo",
  "printf",
  "+x",
  "a/b",
  "-n",
  "shopt",
  "_f",
  "x@y",
];

/** Definitions of functions with distinct names. */
export const functions: fc.Arbitrary<ByteString> = fc
  .uniqueArray(fc.constantFrom(...functionNames), { maxLength: 6 })
  .chain((names) => fc.tuple(...names.map((name) => definition(fromText(name)))))
  .map((definitions) => ["builtin shopt -s extglob", ...definitions, "builtin shopt -u extglob"].join("\n"));

function definition(name: ByteString): fc.Arbitrary<ByteString> {
  const end = fc.constantFrom("}", "} > /dev/null 2>&1", "} <<E\n}\nE");
  return fc
    .tuple(fc.array(command, { minLength: 1, maxLength: 4 }), end, fc.boolean())
    .map(([body, close, exported]) => {
      const text = `function ${name} { ${body.join("\n")}\n${close}`;
      return exported ? `${text}\nbuiltin declare -fx -- ${name}` : text;
    });
}
