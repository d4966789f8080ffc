import { type ByteString, printable, toText } from "../util/bytes.ts";
import type { StateChange } from "./change.ts";
import type { ShellFunction, Variable } from "./state.ts";

export type Kind = "variable" | "function" | "option" | "umask" | "cwd";

/** A change of one variable, function or other setting, as short printable texts; null where it did not exist. */
export interface Description {
  name: string;
  kind: Kind;
  before: string | null;
  after: string | null;
}

const maxLength = 200;

/** Describes a change for people, with one entry for each setting that changed. */
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

/** Describes the change of one setting. `words` describes a value. */
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

/** Describes a variable: `-x /bin:/usr/bin`, `-a (one two)`, `-A ([key]=value)`. */
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

/** Makes any bytes printable, and shortens them. */
export function describeText(text: ByteString): string {
  const full = printable(toText(text.slice(0, 4 * maxLength)));
  return full.length <= maxLength ? full : `${full.slice(0, maxLength - 1)}…`;
}
