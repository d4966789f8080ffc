import { type ByteString, printable, toText } from "../util/bytes.ts";
import type { StateChange } from "./change.ts";
import type { ShellFunction, Variable } from "./state.ts";

export type Kind = "variable" | "function" | "option" | "umask" | "cwd";

/** One thing that phases changed, as short printable text; null where it did not exist. */
export interface Description {
  name: string;
  kind: Kind;
  before: string | null;
  after: string | null;
}

const longest = 200;

/** What a change holds, one entry for each thing changed, for people to read. */
export function describeChange(change: StateChange): Description[] {
  const { umask, cwd } = change;
  return [
    ...change.variables.map((c) => describe("variable", c, describeVariable)),
    ...change.functions.map((c) => describe("function", c, describeFunction)),
    ...change.options.map((c) => describe("option", c, describeOption)),
    ...(umask.before === umask.after ? [] : [describe("umask", { name: "umask", ...umask }, (text) => text)]),
    ...(cwd.before === cwd.after
      ? []
      : [describe("cwd", { name: "working directory", ...cwd }, describeText)]),
  ];
}

/** One thing, given how to put its values into words. */
export function describe<T>(
  kind: Kind,
  { name, before, after }: { name: ByteString; before: T | null; after: T | null },
  words: (value: T) => string,
): Description {
  return {
    kind,
    name: describeText(name),
    before: before === null ? null : words(before),
    after: after === null ? null : words(after),
  };
}

/** `-x /bin:/usr/bin`, `-a (one two)`, `-A ([key]=value)`. */
export function describeVariable({ attributes, value }: Variable): string {
  const text = describeText(valueText({ attributes, value }));
  return attributes === "" ? text : `-${attributes} ${text}`.trimEnd();
}

function valueText({ value }: Variable): ByteString {
  switch (value.kind) {
    case "unset":
      return "";
    case "string":
      return value.text;
    case "indexed":
      return `(${value.items.map(([, text]) => text).join(" ")})`;
    case "associative":
      return `(${value.items.map(([key, text]) => `[${key}]=${text}`).join(" ")})`;
  }
}

export function describeFunction({ attributes, text }: ShellFunction): string {
  const lines = text.split("\n").length;
  return `${attributes === "" ? "" : `-${attributes} `}${lines} lines`;
}

export function describeOption(on: boolean): string {
  return on ? "on" : "off";
}

/** Any bytes, printable and not too long. */
export function describeText(text: ByteString): string {
  const whole = printable(toText(text.slice(0, 4 * longest)));
  return whole.length <= longest ? whole : `${whole.slice(0, longest - 1)}…`;
}
