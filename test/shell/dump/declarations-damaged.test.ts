import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDeclarations } from "../../../runtime/shell/dump/declarations.ts";
import { PhaseCacheError } from "../../../runtime/util/error.ts";

test.each([
  ["no newline", 'declare -- x="1"'],
  ["no closing quote", 'declare -- x="1\n'],
  ["no closing apostrophe", "declare -- x=$'1\n"],
  ["an unquoted value", "declare -- x=1\n"],
  ["an escape that bash does not print", 'declare -- x="\\a"\n'],
  ["an escape at the end", 'declare -- x="\\'],
  ["an unknown ANSI-C escape", "declare -- x=$'\\q'\n"],
  ["NUL", "declare -- x=$'\\000'\n"],
  ["NUL as a control character", "declare -- x=$'\\c@'\n"],
  ["a character past Unicode", "declare -- x=$'\\U110000'\n"],
  ["text after the value", 'declare -- x="1" y\n'],
  ["no name", 'declare -- ="1"\n'],
  ["an invalid name", 'declare -- a-b="1"\n'],
  ["an unknown attribute", 'declare -z x="1"\n'],
  ["another command", "echo\n"],
  ["an unterminated array", 'declare -a x=([0]="a"\n'],
  ["an array without values", "declare -a x=([0])\n"],
  ["a key in an indexed array", 'declare -a x=([a]="a")\n'],
  ["an array with a string value", 'declare -a x="a"\n'],
  ["a string with an array value", 'declare -- x=([0]="a")\n'],
  ["an empty key", 'declare -A x=([]="a")\n'],
])("damaged: %s", (_, text) => {
  expect(() => parseDeclarations(text)).toThrow(PhaseCacheError);
});

test("any text is either parsed or damaged", () => {
  const pieces = fc.constantFrom(
    "declare ",
    "-- ",
    "-a ",
    "-A ",
    "x",
    "=",
    '"',
    "$'",
    "'",
    "\\",
    "(",
    "[",
    "]",
    ")",
    "\n",
    "0",
    "c",
    " ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
      try {
        parseDeclarations(parts.join(""));
      } catch (error) {
        expect(error).toMatchObject({ code: "damaged" });
      }
    }),
    { numRuns: 3000 },
  );
});
