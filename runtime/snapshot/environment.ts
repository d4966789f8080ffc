import {
  applyChange,
  emitScript,
  emptyState,
  fullChange,
  parseChange,
  planFullState,
  relocateChange,
  type ShellState,
  type Variable,
} from "../shell/index.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { SnapshotRecord } from "../store/records/record.ts";
import { type ByteString, fromText, printable } from "../util/bytes.ts";
import type { Initial } from "./initial-state.ts";

/**
 * The shell's state after a snapshot's phase; without the initial state only what the phases had changed.
 * @throws PhaseCacheError `damaged` or `refused`
 */
export function stateOf({ body }: SnapshotRecord, initial: Initial | null): ShellState {
  return applyChange(initial?.state ?? emptyState, parseChange(body.state));
}

/** Variables that the shell exports and the state does not have would reach the programs that phases start. */
const unsetOtherExports = String.raw`\builtin local _phaseCacheLetter _phaseCacheName
\builtin local -a _phaseCacheNames
for _phaseCacheLetter in _ {a..z} {A..Z}; do
\builtin eval "_phaseCacheNames=(\"\${!$_phaseCacheLetter@}\")"
for _phaseCacheName in "${"$"}{_phaseCacheNames[@]}"; do
[[ ${"$"}{!_phaseCacheName@a} != *x* ]] || \builtin unset -v "$_phaseCacheName"
done
done`;

/**
 * A bash script, to be sourced, that brings back the state after a snapshot's phase. ASCII; it starts no program.
 * @param relocate puts the places where the files now are in the place of the build's
 */
export function environmentScript(
  header: SnapshotHeader,
  { state, isFullState }: { state: ShellState; isFullState: boolean },
  relocate: (text: ByteString) => ByteString,
): string {
  const moved = applyChange(emptyState, relocateChange(fullChange(withCurPhase(state, header)), relocate));
  const what = ascii(
    `${header.name} ${header.failed ? "when" : "after"} ${header.phase}${header.failed ? " failed" : ""}`,
  );
  const directory = ascii(moved.cwd);
  return `# shellcheck shell=bash disable=all
# The shell's state of ${what} (phasecache snapshot ${header.id}).
# To be sourced by a bash of its own: its variables, functions and options take the place of that shell's.
_phaseCacheState() {
${isFullState ? unsetOtherExports : ""}
${emitScript(planFullState(moved))}}
if ! _phaseCacheState 2>/dev/null; then
\\builtin unset -f _phaseCacheState
\\builtin printf '%s\\n' ${quoted(`phasecache: cannot restore the shell state; does ${directory} exist?`)} >&2
\\builtin return 1 2>/dev/null || \\builtin exit 1
fi
\\builtin unset -f _phaseCacheState
`;
}

/**
 * `curPhase` is in no state, since stdenv's loop over the phases sets it (genericBuild in setup.sh). From then until the
 * next phase begins, and in failure hooks, it names the phase; hooks and functions called by hand rely on that.
 */
function withCurPhase(state: ShellState, { phase }: SnapshotHeader): ShellState {
  const curPhase: Variable = { attributes: "", value: { kind: "string", text: fromText(phase) } };
  return { ...state, variables: new Map(state.variables).set("curPhase", curPhase) };
}

function ascii(text: string): string {
  return printable(text).replace(/[^ -~]/g, "?");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
