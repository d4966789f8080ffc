import { readFileSync } from "node:fs";
import { type ByteString, fromBytes, fromText } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";

/** An attribute as the builder received it: a text, a list of texts, or any other JSON value (as its JSON text). */
export type AttributeValue = ByteString | readonly ByteString[] | { readonly json: ByteString };

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

/**
 * The attributes of a derivation without structuredAttrs. An attribute named in `passAsFile` comes as a file that
 * the variable `<name>Path` names: its value is what the file holds.
 * @throws PhaseCacheError when such a file can't be read
 */
export function plainAttributes(environment: ReadonlyMap<ByteString, ByteString>): Attributes {
  const attributes: Attributes = new Map(environment);
  for (const name of splitWords(environment.get("passAsFile") ?? "")) {
    const path = environment.get(`${name}Path`);
    if (path === undefined) continue;
    attributes.delete(`${name}Path`);
    attributes.set(name, fromBytes(readAttributeFile(path)));
  }
  attributes.delete("passAsFile");
  return attributes;
}

/**
 * The attributes of a derivation with structuredAttrs: those in the JSON file, and what else the environment holds.
 * The members of the attribute `env` become `env.<name>`, one by one.
 * @throws PhaseCacheError when the file can't be read, or is not a JSON object
 */
export function structuredAttributes(
  environment: ReadonlyMap<ByteString, ByteString>,
  path: ByteString,
): Attributes {
  const attributes: Attributes = new Map(environment);
  const parsed = parseJson(readAttributeFile(path).toString("utf8"));
  if (!isObject(parsed)) throw new PhaseCacheError("damaged", `${path} does not hold a JSON object`);
  const { env, ...rest } = parsed;
  if (isObject(env)) {
    for (const [name, value] of Object.entries(env)) attributes.set(fromText(`env.${name}`), fromJson(value));
  } else if (env !== undefined) {
    attributes.set("env", fromJson(env));
  }
  for (const [name, value] of Object.entries(rest)) attributes.set(fromText(name), fromJson(value));
  return attributes;
}

/** The words of a text, as bash splits them with the usual IFS. */
export function splitWords(text: ByteString): ByteString[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== "");
}

/** A value as the list of words that bash makes of it. */
export function wordsOfValue(value: AttributeValue): ByteString[] {
  if (typeof value === "string") return splitWords(value);
  return "json" in value ? [value.json] : [...value];
}

/** A value as one text, for those who search or show it. */
export function textOfValue(value: AttributeValue): ByteString {
  if (typeof value === "string") return value;
  return "json" in value ? value.json : value.join(" ");
}

function fromJson(value: unknown): AttributeValue {
  if (typeof value === "string") return fromText(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(fromText);
  return { json: fromText(JSON.stringify(value)) };
}

const jsonToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Integers of 16 digits and more stay texts: JSON.parse would round them, and two values would become one. */
function parseJson(text: string): unknown {
  const exact = text.replace(jsonToken, (token) => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token));
  try {
    return JSON.parse(exact);
  } catch (cause) {
    throw new PhaseCacheError("damaged", "the derivation's attributes are not JSON", { cause });
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
