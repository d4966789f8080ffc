import { partName, runsPhase, type Split } from "../key/code/split.ts";
import { bashWord } from "../shell/index.ts";
import { type ByteString, fromText } from "../util/bytes.ts";
import { matching } from "./script-functions.ts";

/** What the hook remembers of the parts of phases. */
export interface PartsOfPlan {
  /** All phases and parts, in order. */
  phases: readonly string[];
  splits: readonly Split[];
  /** stdenv's function that runs a phase: the output of `declare -f runPhase`. */
  runPhase: ByteString;
  /** Pid of the shell that runs the phases. */
  shell: number;
}

/**
 * Defines the functions of a plan that hooks/phase-parts.sh uses:
 * - `_phaseCacheIsHookCall` tests whether `PID:HOOK:CALLERS` is a call of a hook by a phase that begins or ends with it: by the
 *   shell with this pid, in these functions. It uses no builtin, which a phase may have disabled.
 * - `_phaseCacheIsHookAt` tests whether `POSITION:HOOK` is a hook with which the phase at that position begins or ends.
 * - `_phaseCacheReadSplit` sets `_phaseCacheRunnerLocals` and `_phaseCachePhaseLocals` to the local variables of stdenv's runPhase
 *   and of the phase at a position. It fails for a phase without parts.
 * - `_phaseCachePrintBegin` prints when the hook before a phase began, in seconds since the epoch.
 * - `_phaseCacheRunPart` does for the hook after a phase what runPhase does for the phase.
 */
export function partsScript(plan: PartsOfPlan): string {
  const { splits, phases, shell } = plan;
  const calls = splits.flatMap((split) => hookCalls(split, shell).map(word));
  const hooks = splits.flatMap(({ phase, pre, post }) =>
    [pre, post].flatMap((hook) => (hook === null ? [] : [word(`${phases.indexOf(phase)}:${hook}`)])),
  );
  const parts = splits.flatMap((split) => splitCase(split, phases));
  return [
    `_phaseCacheIsHookCall() { case \${1-} in ${[...calls, "''"].join("|")}) [[ 1 ]] ;; *) [[ '' ]] ;; esac; }`,
    matching("_phaseCacheIsHookAt", hooks),
    "_phaseCachePrintBegin() { \\builtin printf 0; }",
    `_phaseCacheReadSplit() { case $1 in ${parts.join(" ")} *) \\builtin return 1 ;; esac; }`,
    partRunner(plan),
  ].join("\n");
}

const word = (text: string) => bashWord(fromText(text));

/** The functions that are running when the hook calls stdenv's runPhase. */
const runners = "_phaseCacheStdenv_runPhase _phaseCacheRunPhase runPhase";

function hookCalls({ pre, post, caller }: Split, shell: number): string[] {
  const callers = `${caller === null ? "" : `${caller} `}${runners}`;
  return [pre, post].filter((hook) => hook !== null).map((hook) => `${shell}:${hook}:${callers}`);
}

/** Defines runPhase once more, to run hooks in place of the phases that they follow, among the phases' local variables. */
function partRunner({ splits, phases, runPhase }: PartsOfPlan): string {
  const cases = splits.flatMap(({ phase, post, phaseLocals }) => {
    if (post === null || !phases.includes(partName(phase, post))) return [];
    const locals = phaseLocals.length === 0 ? "" : `\\builtin local ${phaseLocals.join(" ")}; `;
    return [`${bashWord(fromText(phase))}) ${locals}runHook ${post} ;;`];
  });
  if (cases.length === 0) return "";
  const routine = splits.filter(({ isRoutine }) => isRoutine).map(({ phase }) => bashWord(fromText(phase)));
  return (
    runPhase
      .replace(/^runPhase /, "_phaseCacheRunPart ")
      .replace(runsPhase, () => `case $curPhase in ${cases.join(" ")} esac`)
      // With a routine hook, a phase counts as restored: Nix need not show it as running.
      .replace(/^ *showPhaseHeader "\$curPhase";?$/m, (line) =>
        routine.length === 0 ? line : `case $curPhase in ${routine.join("|")}) ;; *) ${line.trim()} ;; esac`,
      )
  );
}

function splitCase(
  { phase, pre, post, runnerLocals, phaseLocals }: Split,
  phases: readonly string[],
): string[] {
  const isPart = (hook: string | null) => hook !== null && phases.includes(partName(phase, hook));
  if (!isPart(pre) && !isPart(post)) return [];
  const array = (names: readonly string[]) => `(${names.map((name) => bashWord(fromText(name))).join(" ")})`;
  const locals = `_phaseCacheRunnerLocals=${array(runnerLocals)} _phaseCachePhaseLocals=${array(phaseLocals)}`;
  return [`${phases.indexOf(phase)}) ${locals} ;;`];
}
