import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

/** Documents have a time of this form: RFC 3339, in UTC. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A document is what docs/schema/NAME.json says, and has nothing that is not described there. */
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

/** The schema with no properties but those that it names. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const map = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in map && "required" in map ? { additionalProperties: false, ...map } : map;
}
