import { type ShellState, temporaryNames } from "../../shell/index.ts";
import { diffSnapshots } from "../../snapshot/diff.ts";
import type { Store } from "../../store/layout.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { printable, toText } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";

/** How many differences are named; of the others only the number. */
const named = 5;

/** What a comparison found, as a sentence without an end. */
export interface VerifyResult {
  equal: boolean;
  text: string;
}

/**
 * Compares the files and the state that a phase has left with the snapshot of the same key that was there before. The
 * random part of a name that mktemp made does not count.
 * @param shell as the phase left it
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
    const more = differences.length > named ? ` (and ${differences.length - named} more)` : "";
    return { equal: false, text: `${subject} differ: ${differences.slice(0, named).join(", ")}${more}` };
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return { equal: false, text: `${subject} cannot be compared: ${error.message}` };
  }
}
