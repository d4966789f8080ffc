import { hookOf } from "../key/code/split.ts";
import { bashWord } from "../shell/index.ts";
import type { Root } from "../tree/entry.ts";
import { findFormat } from "../tree/find.ts";
import { findPath } from "../tree/scan.ts";
import { fromText } from "../util/bytes.ts";
import { type PartsOfPlan, partsScript } from "./parts-script.ts";
import { matching } from "./script-functions.ts";
import { listPath } from "./session.ts";
import { switchScript } from "./stdenv-switches.ts";

/** What the hook remembers of a plan, as functions: phases would see variables. */
export interface PlanScript extends PartsOfPlan {
  session: string;
  /** The roots whose files the hook lists before each later call. */
  roots: readonly Root[];
  /** Absolute path of GNU find. */
  find: string;
  /** The line to print for each restored phase, in order; empty for a phase that its switch had disabled. */
  restored: string[];
  /** The phases to save. */
  saves: string[];
  /** Whether the hook calls at the end of the build. */
  callsEnd: boolean;
}

/**
 * Defines the functions of a plan:
 * - `_phaseCacheSession` prints the session's directory.
 * - `_phaseCacheListRoots` lists the files in the roots: see hooks/watch.sh.
 * - `_phaseCacheWithPosition` runs its arguments with one more: the position of the next phase in the phase list.
 * - `_phaseCacheIsPhase` tests whether `$1` is `POSITION:NAME` for a phase; `pre:POSITION` or `post:POSITION` for a part; or
 *   `restored:POSITION` for a restored phase or part.
 * - `_phaseCachePrintRestored` prints the line of the restored phase at a position, and fails for other phases.
 * - `_phaseCacheShouldSave` tests whether to save the phase at a position.
 * - `_phaseCacheShouldCallEnd` tests whether to call at the end of the build.
 * - `_phaseCacheIsPhaseDisabled`: see `switchScript`; and those of `partsScript`.
 */
export function planScript(plan: PlanScript): string {
  const { session, roots, find, phases, restored, saves, callsEnd } = plan;
  const word = (text: string) => bashWord(fromText(text));
  const names = phases.map((name, i) => {
    const hook = hookOf(name);
    return hook === null ? word(`${i}:${name}`) : `${hook.startsWith("pre") ? "pre" : "post"}:${i}`;
  });
  const lines = restored.map((line, i) => `${i}) ${line === "" ? "" : `\\builtin echo ${word(line)} `};;`);
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
    partsScript(plan),
    `_phaseCachePrintRestored() { case $1 in ${lines.join(" ")} *) \\builtin return 1 ;; esac; }`,
    matching("_phaseCacheShouldSave", wanted),
    matching("_phaseCacheShouldCallEnd", callsEnd ? ['""'] : []),
    switchScript(),
    "",
  ].join("\n");
}

/** The script for a build whose last phase has ended. */
export const endScript =
  "_phaseCacheShouldSave() { \\builtin return 1; }\n_phaseCacheShouldCallEnd() { \\builtin return 1; }\n";

/** The script that stops caching in this build; with `fail` it fails the build, for `phaseCacheStrict`. */
export function stopScript(fail: boolean): string {
  return fail ? "_phaseCacheStop\n\\builtin exit 1\n" : "_phaseCacheStop\n";
}
