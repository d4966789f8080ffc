import { readFileSync } from "node:fs";
import { type ByteString, fromBytes, fromText } from "../../util/bytes.ts";
import { damaged, PhaseCacheError } from "../../util/error.ts";

/**
 * An attribute as the builder received it: a text, a list of texts, any other JSON value (as its JSON text), or the contents
 * of the file that `passAsFile` makes of it.
 */
export type AttributeValue =
  | ByteString
  | readonly ByteString[]
  | { readonly json: ByteString }
  | { readonly file: ByteString };

export type Attributes = Map<ByteString, AttributeValue>;

/** The variables of an environment block: `NAME=value` entries, each ended by a NUL byte (see proc(5)). */
export function parseEnvironment(block: Uint8Array): Map<ByteString, ByteString> {
  const variables = new Map<ByteString, ByteString>();
  for (const entry of fromBytes(block).split("\0")) {
    const equals = entry.indexOf("=");
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** Nix's name for such a file in the build directory: `.attr-` and a hash of the attribute's name, or its number. */
const attributeFile = /\/\.attr-[^/]+$/;

/**
 * The attributes of a derivation without structuredAttrs. An attribute named in `passAsFile` comes as a file that
 * the variable `<name>Path` names: its value is what the file holds.
 * @throws PhaseCacheError when such a file can't be read
 */
export function plainAttributes(environment: ReadonlyMap<ByteString, ByteString>): Attributes {
  const attributes: Attributes = new Map(environment);
  for (const name of splitWords(environment.get("passAsFile") ?? "")) {
    const path = environment.get(`${name}Path`);
    // An attribute of the derivation that is called so wins.
    if (path === undefined || !attributeFile.test(path)) continue;
    attributes.delete(`${name}Path`);
    attributes.set(name, { file: fromBytes(readAttributeFile(path)) });
  }
  return attributes;
}

/**
 * The attributes of a derivation with structuredAttrs: those in the JSON file, and what else the environment holds.
 * The members of the attribute `env` become `env.<name>`, one by one; an attribute that is itself called so is written
 * in quotes.
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

/** The words of a text, as bash splits them with the usual IFS. */
export function splitWords(text: ByteString): ByteString[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== "");
}

/** A value as the list of words that bash makes of it. */
export function wordsOfValue(value: AttributeValue): ByteString[] {
  if (typeof value === "string") return splitWords(value);
  return isList(value) ? [...value] : [textOfValue(value)];
}

/** A value as one text, for those who search or show it. */
export function textOfValue(value: AttributeValue): ByteString {
  if (typeof value === "string") return value;
  if (isList(value)) return value.join(" ");
  return "json" in value ? value.json : value.file;
}

/** A value with `change` applied to each of its texts. */
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

/** Stands before a number that is read as a text. Nix has no texts with NUL. */
const exactNumber = "\0";
const jsonExactNumber = /"\\u0000(-?[\d.eE+-]+)"/g;

/** Numbers of 16 characters and more stay as they are: JSON.parse would round them, and two values would become one. */
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
