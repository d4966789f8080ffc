import { phaseOf, postHookAt } from "../../key/code/split.ts";
import { explainMiss } from "../../key/explain.ts";
import { formatDifference } from "../../key/explain-text.ts";
import { parseInputs } from "../../key/input.ts";
import { takePin } from "../../store/pins.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { listHeaders } from "../../store/records/list.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { PhaseCacheError } from "../../util/error.ts";
import type { Messages } from "../messages.ts";
import { openSnapshot, unusable } from "./lookup.ts";
import type { Hit, LookupRequest, LookupResult } from "./request.ts";

/**
 * Finds the newest snapshot of the package through the phase that the derivation (`phaseCacheThrough`) or a pin in the store
 * requests, whatever has changed. Null if neither requests one, or none can be restored.
 */
export function lookUpPinned(
  request: LookupRequest,
  through: string | null,
  messages: Messages,
): LookupResult | null {
  const pin = through === null ? readPinned(request, messages) : { through };
  if (pin === null) return null;
  const { headers } = listHeaders(request.store, { package: request.package });
  const wanted = headers.filter(
    ({ phase, failed, id }) => phase === pin.through && !failed && id === (pin.id ?? id),
  );
  for (const header of request.phases.includes(phaseOf(pin.through)) ? wanted.reverse() : []) {
    const hit = tryOpen(request, header, messages);
    if (hit !== null) return { hit, miss: null, problems: [], differences: differencesFrom(request, hit) };
  }
  messages.warn(`no snapshot through ${pin.through} can be restored; looking up snapshots by key`);
  return null;
}

function readPinned(
  { store, package: name }: LookupRequest,
  messages: Messages,
): { through: string; id?: string } | null {
  try {
    return takePin(store, name);
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    messages.warn(error.message);
    return null;
  }
}

function tryOpen(request: LookupRequest, header: SnapshotHeader, messages: Messages): Hit | null {
  try {
    const index = indexOf(request, readSnapshot(request.store, header));
    if (index === null) {
      const { phase } = header;
      messages.warn(
        unusable(header, new Error(`it lacks what the post hook of ${phase} does, which can't run alone`)),
      );
      return null;
    }
    const opened = openSnapshot(request, header, index, true);
    if (!("conflict" in opened)) return opened;
    messages.warn(unusable(header, new Error(opened.conflict)));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    messages.warn(unusable(header, error));
  }
  return null;
}

/**
 * Returns the index of the last phase or part of this build that a snapshot contains; null if this build can't run what is
 * missing in it, a post hook.
 */
function indexOf({ phases, start }: LookupRequest, { header, body }: SnapshotRecord): number | null {
  const index = phases.indexOf(header.phase);
  const phase = phaseOf(header.phase);
  if (index < 0) return phases.indexOf(phase);
  const lacksHook = postHookAt(body.phases, header.phaseIndex) !== null;
  if (postHookAt(phases, index) !== null) return lacksHook || body.endsAtHook ? index : index + 1;
  const canLackHook = start.splits.some((split) => split.phase === phase && split.post !== null);
  return lacksHook && !canLackHook ? null : index;
}

function differencesFrom(request: LookupRequest, { record: { body } }: Hit): string[] {
  const miss = explainMiss(request, {
    phases: body.phases,
    keys: body.keys,
    inputs: parseInputs(body.inputs),
  });
  return miss?.differences.map(formatDifference) ?? [];
}
