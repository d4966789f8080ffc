import { compareLayers, type FileDifference } from "../layer/diff.ts";
import { compareChanges, parseChange, relocateChange, type StateDifference } from "../shell/index.ts";
import type { Store } from "../store/layout.ts";
import type { SnapshotRecord } from "../store/records/record.ts";
import type { ByteString } from "../util/bytes.ts";
import { closeLayers, openLayers } from "./layers.ts";
import { relocator } from "./patterns.ts";

/** The differences between two snapshots. */
export interface SnapshotDifference {
  files: FileDifference[];
  state: StateDifference[];
}

/**
 * Compares the files and the state of two snapshots. Relocates the first to the outputs of the second, so that two builds
 * which differ only in the hash of `$out` are equal.
 * @param mask maps file names and values of both states, to hide differences that don't count
 * @throws PhaseCacheError `damaged`, `refused`
 */
export function diffSnapshots(
  store: Store,
  before: SnapshotRecord,
  after: SnapshotRecord,
  mask?: (text: ByteString) => ByteString,
): SnapshotDifference {
  const { outputs } = after.header;
  const changes = [before, after].map(({ header, body }) => {
    const relocate = relocator(header.outputs, outputs);
    const map = mask === undefined ? relocate : (text: ByteString) => mask(relocate(text));
    return relocateChange(parseChange(body.state), map);
  });
  const first = openLayers(store, before.header.layers, outputs);
  try {
    const second = openLayers(store, after.header.layers, outputs);
    try {
      return { files: compareLayers(first, second, mask), state: compareChanges(changes[0]!, changes[1]!) };
    } finally {
      closeLayers(second);
    }
  } finally {
    closeLayers(first);
  }
}
