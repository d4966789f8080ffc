import { bashWord } from "../shell/index.ts";
import { findFormat, findPath, type Root } from "../tree/scan.ts";
import { fromText } from "../util/bytes.ts";
import { listPath } from "./session.ts";

/** What the hook keeps of a plan, as functions: a variable would be visible to the phases. */
export interface PlanScript {
  session: string;
  /** What the hook lists before each later call. */
  roots: readonly Root[];
  /** Absolute path of GNU find. */
  find: string;
  /** For each restored phase in order, the line to print; empty for one that its switch had turned off. */
  restored: string[];
  /** The phases after which the hook calls again. */
  saves: string[];
}

/**
 * The functions `_phaseCacheSession` (prints the session's directory), `_phaseCacheLeft` (how many restored phases are
 * still to be passed over), `_phaseCacheNote` (prints the line for the phase with so many left), `_phaseCacheSaves`
 * (whether the phase is one to save after) and `_phaseCacheListing` (lists the files: see hooks/watch.sh).
 */
export function planScript({ session, roots, find, restored, saves }: PlanScript): string {
  const word = (text: string) => bashWord(fromText(text));
  const notes = restored.map((line, i) =>
    line === "" ? "" : `${restored.length - i}) builtin echo ${word(line)} ;;`,
  );
  const names = saves.map(word).join("|");
  const listed = [
    listPath(session),
    find,
    findFormat,
    ...roots.flatMap((root) => [root.name, findPath(root)]),
  ];
  return [
    `_phaseCacheSession() { builtin printf %s ${word(session)}; }`,
    `_phaseCacheListing() { _phaseCacheList ${listed.map(word).join(" ")}; }`,
    `_phaseCacheLeft() { builtin printf ${restored.length}; }`,
    `_phaseCacheNote() { case $1 in ${notes.join(" ")} *) ;; esac; }`,
    `_phaseCacheSaves() { case $1 in ${names === "" ? "" : `${names}) ;;`} *) builtin return 1 ;; esac; }`,
    "",
  ].join("\n");
}

/** Ends the hook's part in this build; `fail` ends the build, as `phaseCacheStrict` asks. */
export function stopScript(fail: boolean): string {
  return fail ? "_phaseCacheStop\nbuiltin exit 1\n" : "_phaseCacheStop\n";
}
