import { type ShellState, temporaryNames } from "../../shell/index.ts";
import { diffSnapshots } from "../../snapshot/diff.ts";
import type { Store } from "../../store/layout.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { printable, toText } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";

/** At most this many differences are listed. */
const mostListed = 5;

/** The result of a comparison; `text` is a sentence without a full stop. */
export interface VerifyResult {
  equal: boolean;
  text: string;
}

/**
 * Compares the files and the state after a phase with an earlier snapshot of the same key. Ignores the random part of
 * names made by mktemp.
 * @param shell the state after the phase
 */
export function verifyPhase(
  store: Store,
  earlier: SnapshotHeader,
  saved: SnapshotHeader,
  shell: ShellState,
): VerifyResult {
  const subject = `${saved.phase} and its snapshot ${earlier.id}`;
  try {
    const [before, after] = [readSnapshot(store, earlier), readSnapshot(store, saved)];
    const { files, state } = diffSnapshots(store, before, after, temporaryNames(shell));
    const differences = [
      ...files.map(({ status, path }) => `${status} ${printable(toText(unescapeNames(path)))}`),
      ...state.map(({ status, kind, name }) => `${status} ${kind} ${name}`),
    ];
    if (differences.length === 0) return { equal: true, text: `${subject} are equal` };
    const more = differences.length > mostListed ? ` (and ${differences.length - mostListed} more)` : "";
    return { equal: false, text: `${subject} differ: ${differences.slice(0, mostListed).join(", ")}${more}` };
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return { equal: false, text: `${subject} cannot be compared: ${error.message}` };
  }
}
