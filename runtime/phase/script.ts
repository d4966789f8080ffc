import { bashWord } from "../shell/index.ts";
import { fromText } from "../util/bytes.ts";

/** What the hook keeps of a plan, as functions: a variable would be visible to the phases. */
export interface PlanScript {
  session: string;
  /** For each restored phase in order, the line to print; empty for one that its switch had turned off. */
  restored: string[];
  /** The phases after which the hook calls again. */
  saves: string[];
}

/**
 * The functions `_phaseCacheSession` (prints the session's directory), `_phaseCacheLeft` (how many restored phases are
 * still to be passed over), `_phaseCacheNote` (prints the line for the phase with so many left) and
 * `_phaseCacheSaves` (whether the phase is one to save after).
 */
export function planScript({ session, restored, saves }: PlanScript): string {
  const notes = restored.map((line, i) =>
    line === "" ? "" : `${restored.length - i}) builtin echo ${bashWord(fromText(line))} ;;`,
  );
  const names = saves.map((phase) => bashWord(fromText(phase))).join("|");
  return [
    `_phaseCacheSession() { builtin printf %s ${bashWord(fromText(session))}; }`,
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
