import { readdirSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { withoutComments } from "../code/comments.ts";
import { readText } from "../code/run-files.ts";

/** What a build input brings into the shell: programs, and what its setup hook defines. */
export interface ProvidedNames {
  programs: string[];
  functions: string[];
  variables: string[];
}

/** The setup hook of a build input, which may itself be one; null when it has none. */
export function readSetupHook(path: ByteString): ByteString | null {
  return readText(`${path}/nix-support/setup-hook`) ?? readText(path);
}

/** What a build input brings; null where that can't be told. An input that is not there brings nothing. */
export function namesProvidedBy(path: ByteString): ProvidedNames | null {
  const programs = namesIn(`${path}/bin`);
  if (programs === null) return null;
  const hook = withoutComments(readSetupHook(path) ?? "");
  const functions = [...hook.matchAll(/^[ \t]*(?:function[ \t]+([^\s()]+)|([^\s()"'$=#]+)[ \t]*\(\))/gm)].map(
    ([, one, other]) => (one ?? other)!,
  );
  return { programs, functions, variables: variablesSetBy(hook) };
}

/** What is inside of a function is indented, most of the time: the more is found, the less is believed. */
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
