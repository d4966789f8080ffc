import type { ByteString } from "../../util/bytes.ts";
import { sortLetters } from "../dump/declarations.ts";
import type { Item, Value, Variable } from "../state.ts";
import { fail, list, record, text } from "./fields.ts";

/**
 * Checks a variable: bash can have its attributes and value together, so setting it can't fail.
 * @throws PhaseCacheError `damaged`
 */
export function parseVariable(value: unknown): Variable {
  const fields = record(value);
  const attributes = text(fields.attributes);
  if (!/^[aAcilnrtux]*$/.test(attributes) || sortLetters(attributes) !== attributes)
    fail("invalid attributes");
  const held = parseValue(record(fields.value));
  if (attributes.includes("n")) checkReference(attributes, held);
  const kind = kindOf(attributes);
  if (held.kind !== "unset" && held.kind !== kind) fail("attributes and value do not match");
  return { attributes, value: held };
}

function kindOf(attributes: string): Value["kind"] {
  if (attributes.includes("A")) return attributes.includes("a") ? fail("two kinds of array") : "associative";
  return attributes.includes("a") ? "indexed" : "string";
}

/** Checks a nameref. Bash refuses to create any other, and the script would stop there. */
function checkReference(attributes: string, value: Value): void {
  if (!/^n[rtx]*$/.test(attributes)) fail("invalid nameref");
  if (value.kind === "string" && !/^[A-Za-z_][A-Za-z0-9_]*(\[.+\])?$/s.test(value.text))
    fail("invalid nameref");
}

function parseValue(value: Readonly<Record<string, unknown>>): Value {
  switch (value.kind) {
    case "unset":
      return { kind: "unset" };
    case "string":
      return { kind: "string", text: text(value.text) };
    case "indexed":
      return { kind: "indexed", items: parseItems(value.items, isIndex) };
    case "associative":
      return { kind: "associative", items: parseItems(value.items, (key) => key !== "") };
    default:
      return fail("invalid value");
  }
}

const highestIndex = 2n ** 63n - 1n;

function isIndex(key: ByteString): boolean {
  return /^(?:0|[1-9][0-9]{0,18})$/.test(key) && BigInt(key) <= highestIndex;
}

function parseItems(value: unknown, isKey: (key: ByteString) => boolean): Item[] {
  const items = list(value).map((item): Item => {
    const [key, held, ...more] = list(item);
    return more.length === 0 && isKey(text(key)) ? [text(key), text(held)] : fail("invalid array element");
  });
  return new Set(items.map(([key]) => key)).size === items.length ? items : fail("a key occurs twice");
}
