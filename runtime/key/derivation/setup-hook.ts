import { readdirSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { withoutComments } from "../code/comments.ts";
import { readText } from "../code/run-files.ts";

/** The names that a build input provides to the shell: its programs, and what its setup hook defines. */
interface ProvidedNames {
  programs: string[];
  functions: string[];
  variables: string[];
}

/** Reads the setup hook of a build input. The input may be a setup hook itself. Returns null when it has none. */
export function readSetupHook(path: ByteString): ByteString | null {
  return readText(`${path}/nix-support/setup-hook`) ?? readText(path);
}

/** Finds the names that a build input provides. Returns null when it can't be read. A missing input provides none. */
export function namesProvidedBy(path: ByteString): ProvidedNames | null {
  const programs = namesIn(`${path}/bin`);
  if (programs === null) return null;
  const hook = withoutDocuments(withoutComments(readSetupHook(path) ?? ""));
  const functions = [...hook.matchAll(/^[ \t]*(?:function[ \t]+([^\s()]+)|([^\s()"'$=#]+)[ \t]*\(\))/gm)].map(
    ([, one, other]) => (one ?? other)!,
  );
  return { programs, functions, variables: variablesSetBy(hook) };
}

/** Removes the contents of here-documents, which may be texts of other languages. */
function withoutDocuments(hook: ByteString): ByteString {
  return hook.replace(/(<<-?[ \t]*(["'\\]?)(\w+)\2[^\n]*\n)[\s\S]*?^[ \t]*\3$/gm, "$1$3");
}

/**
 * Returns the variables that a setup hook sets outside of functions, whose lines are usually indented. Finding too many is
 * safe: a package that provides unknown variables is not treated as late.
 */
function variablesSetBy(hook: ByteString): string[] {
  const statements = hook.matchAll(/^(?:(?:export|declare|readonly|typeset)[ \t]+(.+)|([A-Za-z_]\w*)\+?=)/gm);
  return [...statements].flatMap(([, declared, name]) =>
    name === undefined
      ? [...declared!.matchAll(/(?<=^|[ \t])[A-Za-z_]\w*(?=\+?=|[ \t;]|$)/g)].map(([word]) => word)
      : [name],
  );
}

function namesIn(directory: ByteString): ByteString[] | null {
  try {
    return readdirSync(toBytes(directory), { encoding: "buffer" }).map(fromBytes);
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "") ? [] : null;
  }
}
