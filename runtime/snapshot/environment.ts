import { phaseOf } from "../key/code/split.ts";
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
 * Returns the shell's state after a snapshot's phase; without an initial state, only the changes of the phases.
 * @throws PhaseCacheError `damaged` or `refused`
 */
export function stateOf({ body }: SnapshotRecord, initial: Initial | null): ShellState {
  return applyChange(initial?.state ?? emptyState, parseChange(body.state));
}

/** Unsets exported variables: those that the state does not have would affect the programs that phases start. */
const unsetOtherExports = String.raw`\builtin local _phaseCacheLetter _phaseCacheName
\builtin local -a _phaseCacheNames
for _phaseCacheLetter in _ {a..z} {A..Z}; do
\builtin eval "_phaseCacheNames=(\"\${!$_phaseCacheLetter@}\")"
for _phaseCacheName in "${"$"}{_phaseCacheNames[@]}"; do
[[ ${"$"}{!_phaseCacheName@a} != *x* ]] || \builtin unset -v "$_phaseCacheName"
done
done`;

/**
 * Returns a bash script that restores the state after a snapshot's phase when sourced. The script is ASCII and starts no
 * programs.
 * @param relocate replaces the build's paths by the current paths of the files
 */
export function environmentScript(
  header: SnapshotHeader,
  { state, isFullState }: { state: ShellState; isFullState: boolean },
  relocate: (text: ByteString) => ByteString,
): string {
  const relocated = applyChange(
    emptyState,
    relocateChange(fullChange(withCurPhase(state, header)), relocate),
  );
  const what = ascii(
    `${header.name} ${header.failed ? "when" : "after"} ${header.phase}${header.failed ? " failed" : ""}`,
  );
  const directory = ascii(relocated.cwd);
  return `# shellcheck shell=bash disable=all
# The shell's state of ${what} (phasecache snapshot ${header.id}).
# Source it in a separate bash: it replaces that shell's variables, functions and options.
_phaseCacheState() {
${isFullState ? unsetOtherExports : ""}
${emitScript(planFullState(relocated))}}
if ! _phaseCacheState 2>/dev/null; then
\\builtin unset -f _phaseCacheState
\\builtin printf '%s\\n' ${quoted(`phasecache: cannot restore the shell state; does ${directory} exist?`)} >&2
\\builtin return 1 2>/dev/null || \\builtin exit 1
fi
\\builtin unset -f _phaseCacheState
`;
}

/**
 * Sets `curPhase`, which no state contains, since stdenv's loop over the phases sets it (genericBuild in setup.sh). It names
 * the phase until the next one begins, and in failure hooks. Hooks and functions called by hand rely on that.
 */
function withCurPhase(state: ShellState, { phase }: SnapshotHeader): ShellState {
  const curPhase: Variable = { attributes: "", value: { kind: "string", text: fromText(phaseOf(phase)) } };
  return { ...state, variables: new Map(state.variables).set("curPhase", curPhase) };
}

function ascii(text: string): string {
  return printable(text).replace(/[^ -~]/g, "?");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
