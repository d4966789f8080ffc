import type { ByteString } from "../../util/bytes.ts";
import { withoutComments } from "./comments.ts";
import type { InitialShell } from "./initial-shell.ts";
import { localsOf } from "./locals.ts";

/**
 * A phase whose hooks can run apart from it, before it or after it. A build that changes only the hook after the phase need not
 * repeat the phase, and one that changes only the phase need not repeat the hook before it.
 */
export interface Split {
  phase: string;
  /** The hook that the phase runs first (`preBuild`), and the one that it runs last; null if that can't be proved. */
  pre: string | null;
  post: string | null;
  /**
   * Whether only stdenv has set the hook after the phase. It takes no time, so it is not saved, and runs again after the phase
   * was restored.
   */
  isRoutine: boolean;
  /** The function that calls the hooks; null if the text in the phase's variable does. */
  caller: string | null;
  /** The text that calls the hooks, without these calls. */
  body: ByteString;
  /** The local variables of stdenv's runPhase, and those of the phase that exist where it calls the hook after it. */
  runnerLocals: string[];
  phaseLocals: string[];
}

const part = /^(.+)\+((pre|post)[A-Z]\w*)$/;

/** Returns the name of a hook in the list of phases: `buildPhase+postBuild`. */
export function partName(phase: string, hook: string): string {
  return `${phase}+${hook}`;
}

/** Returns the phase that a part belongs to, and the name of a phase unchanged. */
export function phaseOf(name: string): string {
  return part.exec(name)?.[1] ?? name;
}

/** Returns the hook that a part consists of; null for a phase. */
export function hookOf(name: string): string | null {
  return part.exec(name)?.[2] ?? null;
}

/** Returns the hook that is the part after a phase; null if another phase follows. */
export function postHookAt(phases: readonly string[], index: number): string | null {
  const [, phase, hook, when] = part.exec(phases[index + 1] ?? "") ?? [];
  return phase === phases[index] && when === "post" ? hook! : null;
}

/** Returns the variables that contain the code of a hook. */
export function variablesOf(hook: string): string[] {
  return [hook, `${hook}Hooks`];
}

/** Whether a hook has anything to run: see `runHook` and `_callImplicitHook` in setup.sh. */
export function isHookSet(hook: string, { functions, variables }: InitialShell): boolean {
  return functions.has(hook) || variablesOf(hook).some((name) => (variables.get(name) ?? "") !== "");
}

/**
 * Matches the command of stdenv's runPhase that runs a phase. With a hook in its place, the same function runs only that hook of
 * the phase.
 */
export const runsPhase = /^( *)eval "\$\{!curPhase:-\$curPhase\}";?$/m;

const declaration = /(?<![\w$/.-])(?:local|declare|typeset)(?![\w-])/;
/** Declares variables that are global, exported or references, or local options. */
const otherDeclaration =
  /(?<![\w$/.-])(?:local|declare|typeset)[ \t]+(?:-[aAilru]+[ \t]+)*-(?![aAilru]+[ \t])/;

/**
 * Finds the hooks that a phase provably runs first and last. First: nothing comes before the call but an `echo` of a fixed text.
 * Last: nothing follows a call but the end of the phase, a `return`, or such an `echo`. Nothing else in the text may mention the
 * hook.
 * @param kinds the hooks to look for
 */
export function findSplit(
  phase: string,
  shell: InitialShell,
  kinds: readonly ("pre" | "post")[] = ["pre", "post"],
): Split | null {
  const text = shell.variables.get(phase) || phase;
  const runnerLocals = [...localsOf(shell.functions.get("runPhase") ?? "").possible];
  const caller = /^\s*([A-Za-z_][\w-]*)\s*$/.exec(text)?.[1];
  if (caller === undefined) {
    // Only `declare -f` indents texts so that it is known which declarations run.
    const lines = onOwnLines(withoutComments(text).trim()).split("\n");
    const found = splitLines(
      lines,
      declaration.test(withoutFunctions(text)) ? kinds.filter((kind) => kind === "pre") : kinds,
    );
    return found && { phase, caller: null, isRoutine: false, ...found, runnerLocals, phaseLocals: [] };
  }
  const [head = "", brace = "", ...lines] = (shell.functions.get(caller) ?? "").split("\n");
  const last = lines.pop();
  if (brace.trim() !== "{" || last !== "}") return null;
  const { possible, certain } = localsOf(lines.join("\n"));
  const isKnown =
    [...possible].every((name) => certain.has(name)) && !lines.some((line) => otherDeclaration.test(line));
  const found = splitLines(lines, isKnown ? kinds : kinds.filter((kind) => kind === "pre"));
  const body = `${head}\n${brace}\n${found?.body}\n}`;
  return (
    found && {
      phase,
      caller,
      isRoutine: false,
      ...found,
      body,
      runnerLocals,
      phaseLocals: [...possible].filter((name) => !runnerLocals.includes(name)),
    }
  );
}

/**
 * Removes the functions that a text defines on lines of their own: what they declare is local to them. With here-documents the
 * text stays as it is, because their lines may look like definitions.
 */
function withoutFunctions(text: ByteString): ByteString {
  if (text.replaceAll("<<<", "").includes("<<")) return text;
  return text.replace(/^([ \t]*)[A-Za-z_]\w*[ \t]*\(\)[ \t]*\{\n[\s\S]*?^\1\}[ \t]*$/gm, "");
}

const call = /^\s*runHook (["']?)((pre|post)[A-Z]\w*)\1;?\s*$/;
const fixedEcho = /^\s*echo(?: -\w+)?(?: "[^"$`\\]*"| '[^']*'| [\w .,:-]+)?;?\s*$/;
const end = /^\s*return(?: 0)?;?\s*$/;

/** Puts calls at the beginning and at the end of a text on lines of their own. */
function onOwnLines(text: ByteString): ByteString {
  return text
    .replace(/^(runHook (["']?)pre[A-Z]\w*\2)[ \t]*;(?!;)/, "$1\n")
    .replace(/(?<![\\;]);[ \t]*(runHook (["']?)post[A-Z]\w*\2;?)$/, "\n$1");
}

/** Removes the calls of the hooks that a text runs first and last from its lines. Returns null if there are none. */
function splitLines(
  lines: readonly ByteString[],
  kinds: readonly ("pre" | "post")[],
): Pick<Split, "pre" | "post" | "body"> | null {
  const find = (kind: "pre" | "post", isInPlace: (at: number) => boolean) => {
    const calls = lines.flatMap((line, at) => (call.exec(line)?.[3] === kind ? [at] : []));
    const names = new Set(calls.map((at) => call.exec(lines[at]!)![2]!));
    const [name] = names;
    if (!kinds.includes(kind) || name === undefined || names.size > 1 || !calls.every(isInPlace)) return null;
    const rest = lines.filter((_, at) => !calls.includes(at)).join("\n");
    return new RegExp(`(?<!\\w)${name}(?:Hooks)?(?!\\w)`).test(rest) ? null : { name, calls };
  };
  const pre = find("pre", (at) => isFirst(lines, at));
  const post = find("post", (at) => isLast(lines, at));
  if (pre === null && post === null) return null;
  const calls = [...(pre?.calls ?? []), ...(post?.calls ?? [])];
  const body = lines.filter((_, at) => !calls.includes(at)).join("\n");
  return { pre: pre?.name ?? null, post: post?.name ?? null, body };
}

function isFirst(lines: readonly ByteString[], at: number): boolean {
  return lines.slice(0, at).every((line) => line.trim() === "" || fixedEcho.test(line));
}

function isLast(lines: readonly ByteString[], at: number): boolean {
  // The line before may continue in this one.
  if (/(?:[\\&|({]|\b(?:do|in))\s*$/.test(lines[at - 1] ?? "")) return false;
  const next = lines.slice(at + 1).find((line) => line.trim() !== "" && !fixedEcho.test(line));
  return next === undefined || end.test(next);
}
