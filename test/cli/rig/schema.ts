import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

/** The form of times in documents: RFC 3339, in UTC. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Expects a document to match docs/schema/NAME.json, without fields that the schema does not name. */
export function expectDocument(name: string, text: string): void {
  const schema = JSON.parse(readFileSync(resolve(`docs/schema/${name}.json`), "utf8"));
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { "date-time": time } });
  const validate = ajv.compile(closed(schema) as object);
  const document: unknown = JSON.parse(text);
  validate(document);
  expect({ name, errors: validate.errors ?? [], lines: text.split("\n").length }).toEqual({
    name,
    errors: [],
    lines: 2,
  });
}

/** Returns the schema without additional properties. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const map = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in map && "required" in map ? { additionalProperties: false, ...map } : map;
}
