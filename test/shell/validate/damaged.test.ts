import { describe, expect, test } from "vitest";
import { parseChange } from "../../../runtime/shell/index.ts";
import { added, changeWith, definition, text, withItems } from "../changes.ts";

describe("an invalid change is damaged", () => {
  test.each([
    ["a variable's name that is code", { variables: [added("x; touch evil", text("1"))] }],
    ["a variable's name that is an element", { variables: [added("x[$(touch evil)]", text("1"))] }],
    ["a variable's name with a newline", { variables: [added("x\n", text("1"))] }],
    ["an empty name", { variables: [added("", text("1"))] }],
    ["a name that is an option", { variables: [added("-p", text("1"))] }],
    [
      "attributes that are code",
      { variables: [added("x", { ...text("1"), attributes: "x y; touch evil" })] },
    ],
    ["unknown attributes", { variables: [added("x", { ...text("1"), attributes: "g" })] }],
    ["a repeated attribute", { variables: [added("x", { ...text("1"), attributes: "xx" })] }],
    [
      "attributes of both kinds of array",
      { variables: [added("x", { attributes: "Aa", value: { kind: "unset" } })] },
    ],
    ["a string with an array's attributes", { variables: [added("x", { ...text("1"), attributes: "a" })] }],
    ["an array with a string's attributes", { variables: [added("x", withItems("indexed", "", []))] }],
    [
      "an indexed array with an associative array's attributes",
      { variables: [added("x", withItems("indexed", "A", []))] },
    ],
    ["a value with NUL", { variables: [added("x", text("\0"))] }],
    ["a value with a character above U+00FF", { variables: [added("x", text("€"))] }],
    [
      "a value that is a number",
      { variables: [added("x", { attributes: "", value: { kind: "string", text: 1 } })] },
    ],
    [
      "a value that is bytes",
      { variables: [added("x", { attributes: "", value: { kind: "string", text: new Uint8Array(1) } })] },
    ],
    ["an unknown kind of value", { variables: [added("x", { attributes: "", value: { kind: "code" } })] }],
    ["no value", { variables: [added("x", { attributes: "" })] }],
    [
      "an index that is code",
      { variables: [added("x", withItems("indexed", "a", [["0]=a; touch evil; x[1", "a"]]))] },
    ],
    ["a negative index", { variables: [added("x", withItems("indexed", "a", [["-1", "a"]]))] }],
    [
      "an index too high",
      { variables: [added("x", withItems("indexed", "a", [["9223372036854775808", "a"]]))] },
    ],
    ["an index that is a number", { variables: [added("x", withItems("indexed", "a", [[0, "a"]]))] }],
    [
      "a repeated index",
      {
        variables: [
          added(
            "x",
            withItems("indexed", "a", [
              ["0", "a"],
              ["0", "b"],
            ]),
          ),
        ],
      },
    ],
    ["an empty key", { variables: [added("x", withItems("associative", "A", [["", "a"]]))] }],
    [
      "an element with three parts",
      { variables: [added("x", withItems("associative", "A", [["a", "a", "a"]]))] },
    ],
    ["a reference to code", { variables: [added("x", { ...text("y; touch evil"), attributes: "n" })] }],
    ["a reference to itself", { variables: [added("x", { ...text("x[0]"), attributes: "n" })] }],
    ["a reference that is an array", { variables: [added("x", withItems("indexed", "an", []))] }],
    ["a repeated name", { variables: [added("x", text("1")), added("x", text("2"))] }],
    ["variables that are not a list", { variables: { x: text("1") } }],
    ["a variable that is null", { variables: [null] }],
    ["too many variables", { variables: new Array(100_001).fill(added("x", text("1"))) }],
    [
      "a function's name that is code",
      { functions: [added("f;touch$IFS-evil", definition("f;touch$IFS-evil"))] },
    ],
    ["a function's name with a space", { functions: [added("f g", definition("f g"))] }],
    ["a function's name that is an assignment", { functions: [added("a=b", definition("a=b"))] }],
    ["a function with the text of another", { functions: [added("f", definition("g"))] }],
    [
      "a function's text that is a command",
      { functions: [added("f", { attributes: "", text: "touch evil" })] },
    ],
    ["an unterminated function", { functions: [added("f", { attributes: "", text: "f () \n{ \n    :" })] }],
    [
      "an old function's text that is a command",
      { functions: [{ name: "f", before: { attributes: "", text: "x" }, after: null }] },
    ],
    [
      "attributes that functions do not have",
      { functions: [added("f", { ...definition("f"), attributes: "i" })] },
    ],
    ["an option that is code", { options: [added("shopt x; touch evil", true)] }],
    ["an option without a kind", { options: [added("errexit", true)] }],
    ["an option that is a number", { options: [added("shopt dotglob", 1)] }],
    ["a umask that is code", { umask: { before: "0022", after: "0022; touch evil" } }],
    ["a umask that is a number", { umask: { before: "0022", after: 18 } }],
    ["a relative directory", { cwd: { before: "/a", after: "b" } }],
    ["no directory", { cwd: { before: "/a" } }],
    ["a directory with NUL", { cwd: { before: "/a", after: "/b\0" } }],
    ["missing variables", { variables: undefined }],
  ])("%s", (_, fields) => {
    expect(() => parseChange(changeWith(fields))).toThrowError(expect.objectContaining({ code: "damaged" }));
  });

  test.each([null, undefined, 1, "x", [], [[]]])("%j", (value) => {
    expect(() => parseChange(value)).toThrowError(expect.objectContaining({ code: "damaged" }));
  });
});
