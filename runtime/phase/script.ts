import { bashWord } from "../shell/index.ts";
import type { Root } from "../tree/entry.ts";
import { findFormat } from "../tree/find.ts";
import { findPath } from "../tree/scan.ts";
import { fromText } from "../util/bytes.ts";
import { listPath } from "./session.ts";
import { switchScript } from "./stdenv-switches.ts";

/** What the hook keeps of a plan, as functions: a variable would be visible to the phases. */
export interface PlanScript {
  session: string;
  /** What the hook lists before each later call. */
  roots: readonly Root[];
  /** Absolute path of GNU find. */
  find: string;
  /** All phases, in order. */
  phases: readonly string[];
  /** For each restored phase in order, the line to print; empty for one that its switch had turned off. */
  restored: string[];
  /** The phases after which the hook calls again. */
  saves: string[];
  /** Whether the hook calls when the build has ended. */
  callsEnd: boolean;
}

/**
 * The functions `_phaseCacheSession` (prints the session's directory), `_phaseCacheWithPosition` (calls its arguments with one more:
 * the number of phases that have begun), `_phaseCacheIsPhase` (whether `$1`, `NUMBER:NAME`, is a phase, or for
 * `restored:NUMBER` one that was restored), `_phaseCachePrintRestored` (prints the line for the restored phase with this number, and
 * fails for others), `_phaseCacheShouldSave` (whether the phase with this number is one to save after), `_phaseCacheShouldCallEnd`
 * (whether to call in the end), `_phaseCacheListRoots` (lists the files: see hooks/watch.sh) and `_phaseCacheIsPhaseDisabled` (see
 * `switchScript`).
 */
export function planScript(plan: PlanScript): string {
  const { session, roots, find, phases, restored, saves, callsEnd } = plan;
  const word = (text: string) => bashWord(fromText(text));
  const names = phases.map((name, i) => word(`${i}:${name}`));
  const restoredLines = restored.map(
    (line, i) => `${i}) ${line === "" ? "" : `\\builtin echo ${word(line)} `};;`,
  );
  const wanted = phases.flatMap((name, i) => (saves.includes(name) ? [String(i)] : []));
  const listed = [
    listPath(session),
    find,
    findFormat,
    ...roots.flatMap((root) => [root.name, findPath(root)]),
  ];
  return [
    `_phaseCacheSession() { \\builtin printf %s ${word(session)}; }`,
    `_phaseCacheListRoots() { _phaseCacheListFiles ${listed.map(word).join(" ")}; }`,
    `_phaseCacheWithPosition() { "$@" 0; }`,
    matching("_phaseCacheIsPhase", [...names, ...restored.map((_, i) => `restored:${i}`)]),
    `_phaseCachePrintRestored() { case $1 in ${restoredLines.join(" ")} *) \\builtin return 1 ;; esac; }`,
    matching("_phaseCacheShouldSave", wanted),
    matching("_phaseCacheShouldCallEnd", callsEnd ? ['""'] : []),
    switchScript(),
    "",
  ].join("\n");
}

/** A function that succeeds for these first arguments alone. */
function matching(name: string, words: readonly string[]): string {
  const match = words.length === 0 ? "" : `${words.join("|")}) ;; `;
  return `${name}() { case \${1-} in ${match}*) \\builtin return 1 ;; esac; }`;
}

/** For a build whose last phase has ended. */
export const endScript =
  "_phaseCacheShouldSave() { \\builtin return 1; }\n_phaseCacheShouldCallEnd() { \\builtin return 1; }\n";

/** Ends the hook's part in this build; `fail` ends the build, as `phaseCacheStrict` asks. */
export function stopScript(fail: boolean): string {
  return fail ? "_phaseCacheStop\n\\builtin exit 1\n" : "_phaseCacheStop\n";
}
