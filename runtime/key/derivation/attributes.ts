import { readFileSync } from "node:fs";
import { type ByteString, fromBytes, fromText } from "../../util/bytes.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";

/**
 * An attribute as the builder received it: a text, a list of texts, any other JSON value (as JSON text), or the contents of
 * its `passAsFile` file.
 */
export type AttributeValue =
  | ByteString
  | readonly ByteString[]
  | { readonly json: ByteString }
  | { readonly file: ByteString };

export type Attributes = Map<ByteString, AttributeValue>;

/** Parses an environment block: `NAME=value` entries, each followed by a NUL byte (see proc(5)). */
export function parseEnvironment(block: Uint8Array): Map<ByteString, ByteString> {
  const variables = new Map<ByteString, ByteString>();
  for (const entry of fromBytes(block).split("\0")) {
    const equals = entry.indexOf("=");
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** Nix's names for `passAsFile` files in the build directory: `.attr-` and a hash of the attribute's name, or a number. */
const attributeFile = /\/\.attr-[^/]+$/;

/**
 * Returns the attributes of a derivation without structuredAttrs. Nix passes an attribute that `passAsFile` names as a file,
 * whose path is in the variable `<name>Path`. Its value is the contents of the file.
 * @throws PhaseCacheError when such a file can't be read
 */
export function plainAttributes(environment: ReadonlyMap<ByteString, ByteString>): Attributes {
  const attributes: Attributes = new Map(environment);
  for (const name of splitWords(environment.get("passAsFile") ?? "")) {
    const path = environment.get(`${name}Path`);
    // Any other value is an attribute of the derivation with this name.
    if (path === undefined || !attributeFile.test(path)) continue;
    attributes.delete(`${name}Path`);
    attributes.set(name, { file: fromBytes(readAttributeFile(path)) });
  }
  return attributes;
}

/**
 * Returns the attributes of a derivation with structuredAttrs: those in the JSON file, and the other variables of the
 * environment. Each member of the attribute `env` becomes `env.<name>`. An attribute that itself has such a name is quoted.
 * @throws PhaseCacheError when the file can't be read, or is not a JSON object
 */
export function structuredAttributes(
  environment: ReadonlyMap<ByteString, ByteString>,
  path: ByteString,
): { attributes: Attributes; own: Set<ByteString> } {
  const text = readAttributeFile(path).toString("utf8");
  const parsed = parseJson(text);
  if (!isObject(parsed)) throw damaged(`${path} does not hold a JSON object`);
  const { env, ...rest } = parsed;
  const own: Attributes = new Map();
  if (isObject(env)) {
    for (const [name, value] of Object.entries(env)) own.set(fromText(`env.${name}`), fromJson(value));
  } else if (env !== undefined) {
    own.set("env", fromJson(env));
  }
  for (const [name, value] of Object.entries(rest)) {
    own.set(fromText(/^(?:env\.|")/.test(name) ? JSON.stringify(name) : name), fromJson(value));
  }
  return { attributes: new Map([...environment, ...own]), own: new Set(own.keys()) };
}

/** Splits a text into words, as bash does with the default IFS. */
export function splitWords(text: ByteString): ByteString[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== "");
}

/** Returns a value as the list of words into which bash splits it. */
export function wordsOfValue(value: AttributeValue): ByteString[] {
  if (typeof value === "string") return splitWords(value);
  return isList(value) ? [...value] : [textOfValue(value)];
}

/** Returns a value as one text, to search or show it. */
export function textOfValue(value: AttributeValue): ByteString {
  if (typeof value === "string") return value;
  if (isList(value)) return value.join(" ");
  return "json" in value ? value.json : value.file;
}

/** Applies `change` to each text of a value. */
export function mapValue(value: AttributeValue, change: (text: ByteString) => ByteString): AttributeValue {
  if (typeof value === "string") return change(value);
  if (isList(value)) return value.map(change);
  return "json" in value ? { json: change(value.json) } : { file: change(value.file) };
}

export function isList(value: AttributeValue): value is readonly ByteString[] {
  return Array.isArray(value);
}

function fromJson(value: unknown): AttributeValue {
  if (typeof value === "string")
    return value.startsWith(exactNumber) ? { json: value.slice(1) } : fromText(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(fromText);
  return { json: fromText(JSON.stringify(value).replaceAll(jsonExactNumber, "$1")) };
}

const jsonToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Marks a number that is parsed as a text. Texts in Nix contain no NUL. */
const exactNumber = "\0";
const jsonExactNumber = /"\\u0000(-?[\d.eE+-]+)"/g;

/** Parses JSON, but keeps numbers of 16 or more characters as texts: JSON.parse would round different values to the same. */
function parseJson(text: string): unknown {
  const exact = text.replace(jsonToken, (token) =>
    token.startsWith('"') || token.length < 16 ? token : JSON.stringify(exactNumber + token),
  );
  try {
    return JSON.parse(exact);
  } catch (cause) {
    throw damaged("the derivation's attributes are not JSON", cause);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readAttributeFile(path: ByteString): Buffer {
  try {
    return readFileSync(Buffer.from(path, "latin1"));
  } catch (cause) {
    throw new PhaseCacheError("not-found", `the derivation's attributes in ${path} can't be read`, { cause });
  }
}
