import { hookOf, partName, runsPhase, type Split } from "../key/code/split.ts";
import { bashWord } from "../shell/index.ts";
import type { Root } from "../tree/entry.ts";
import { findFormat } from "../tree/find.ts";
import { findPath } from "../tree/scan.ts";
import { type ByteString, fromText } from "../util/bytes.ts";
import { listPath } from "./session.ts";
import { switchScript } from "./stdenv-switches.ts";

/** What the hook remembers of a plan, as functions: phases would see variables. */
export interface PlanScript {
  session: string;
  /** The roots whose files the hook lists before each later call. */
  roots: readonly Root[];
  /** Absolute path of GNU find. */
  find: string;
  /** All phases and parts, in order. */
  phases: readonly string[];
  splits: readonly Split[];
  /** stdenv's function that runs a phase: the output of `declare -f runPhase`. */
  runPhase: ByteString;
  /** Pid of the shell that runs the phases. */
  shell: number;
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
 * - `_phaseCacheIsHookCall` tests whether `PID:POSITION:HOOK:CALLERS` is a call of a hook by the phase at that position that is a
 *   part, or would be if the hook were set: by the shell with this pid, in these functions.
 * - `_phaseCacheReadSplit` sets `_phaseCachePost` to the hook that is the part after the phase at a position, or to nothing, and
 *   `_phaseCacheRunnerLocals` and `_phaseCachePhaseLocals` to the local variables of stdenv's runPhase and of the phase. It fails
 *   for a phase without parts.
 * - `_phaseCacheRunPart` does for the hook after a phase what runPhase does for the phase.
 * - `_phaseCachePrintRestored` prints the line of the restored phase at a position, and fails for other phases.
 * - `_phaseCacheShouldSave` tests whether to save the phase at a position.
 * - `_phaseCacheShouldCallEnd` tests whether to call at the end of the build.
 * - `_phaseCacheIsPhaseDisabled`: see `switchScript`.
 */
export function planScript(plan: PlanScript): string {
  const { session, roots, find, phases, splits, restored, saves, callsEnd } = plan;
  const word = (text: string) => bashWord(fromText(text));
  const names = phases.map((name, i) => {
    const hook = hookOf(name);
    return hook === null ? word(`${i}:${name}`) : `${hook.startsWith("pre") ? "pre" : "post"}:${i}`;
  });
  const calls = splits.flatMap((split) => hookCalls(split, plan).map(word));
  const parts = splits.flatMap((split) => splitCase(split, phases));
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
    matching("_phaseCacheIsHookCall", calls),
    `_phaseCacheReadSplit() { case $1 in ${parts.join(" ")} *) \\builtin return 1 ;; esac; }`,
    partRunner(plan),
    `_phaseCachePrintRestored() { case $1 in ${lines.join(" ")} *) \\builtin return 1 ;; esac; }`,
    matching("_phaseCacheShouldSave", wanted),
    matching("_phaseCacheShouldCallEnd", callsEnd ? ['""'] : []),
    switchScript(),
    "",
  ].join("\n");
}

/** The functions that are running when the hook calls stdenv's runPhase. */
const runners = "_phaseCacheStdenv_runPhase _phaseCacheRunPhase runPhase";

function hookCalls({ phase, pre, post, caller }: Split, { phases, shell }: PlanScript): string[] {
  const callers = `${caller === null ? "" : `${caller} `}${runners}`;
  const hooks = [pre, post].filter((hook) => hook !== null);
  return hooks.map((hook) => `${shell}:${phases.indexOf(phase)}:${hook}:${callers}`);
}

/** Defines runPhase once more, to run hooks in place of the phases that they follow, among the phases' local variables. */
function partRunner({ splits, phases, runPhase }: PlanScript): string {
  const cases = splits.flatMap(({ phase, post, phaseLocals }) => {
    if (post === null || !phases.includes(partName(phase, post))) return [];
    const locals = phaseLocals.length === 0 ? "" : `\\builtin local ${phaseLocals.join(" ")}; `;
    return [`${bashWord(fromText(phase))}) ${locals}runHook ${post} ;;`];
  });
  if (cases.length === 0) return "";
  return runPhase
    .replace(/^runPhase /, "_phaseCacheRunPart ")
    .replace(runsPhase, () => `case $curPhase in ${cases.join(" ")} esac`);
}

function splitCase(
  { phase, pre, post, runnerLocals, phaseLocals }: Split,
  phases: readonly string[],
): string[] {
  const isPart = (hook: string | null) => hook !== null && phases.includes(partName(phase, hook));
  if (!isPart(pre) && !isPart(post)) return [];
  const array = (names: readonly string[]) => `(${names.map((name) => bashWord(fromText(name))).join(" ")})`;
  const hook = isPart(post) ? post! : "";
  const locals = `_phaseCacheRunnerLocals=${array(runnerLocals)} _phaseCachePhaseLocals=${array(phaseLocals)}`;
  return [`${phases.indexOf(phase)}) _phaseCachePost=${hook} ${locals} ;;`];
}

/** Defines a function that succeeds if its first argument is one of these words. */
function matching(name: string, words: readonly string[]): string {
  const match = words.length === 0 ? "" : `${words.join("|")}) ;; `;
  return `${name}() { case \${1-} in ${match}*) \\builtin return 1 ;; esac; }`;
}

/** The script for a build whose last phase has ended. */
export const endScript =
  "_phaseCacheShouldSave() { \\builtin return 1; }\n_phaseCacheShouldCallEnd() { \\builtin return 1; }\n";

/** The script that stops caching in this build; with `fail` it fails the build, for `phaseCacheStrict`. */
export function stopScript(fail: boolean): string {
  return fail ? "_phaseCacheStop\n\\builtin exit 1\n" : "_phaseCacheStop\n";
}
