import { explainMiss } from "../../key/explain.ts";
import { formatDifference } from "../../key/explain-text.ts";
import { parseInputs } from "../../key/input.ts";
import { takePin } from "../../store/pins.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { listHeaders } from "../../store/records/list.ts";
import { PhaseCacheError } from "../../util/error.ts";
import type { Messages } from "../messages.ts";
import { openSnapshot, unusable } from "./lookup.ts";
import type { Hit, LookupRequest, LookupResult } from "./request.ts";

/**
 * The newest snapshot of the package through a phase, whatever has changed, when the derivation (`phaseCacheThrough`)
 * or a pin in the store asks for it. Null when nobody does, or there is none that can be restored.
 */
export function lookUpPinned(
  request: LookupRequest,
  through: string | null,
  messages: Messages,
): LookupResult | null {
  const order = through === null ? readOrder(request, messages) : { through };
  if (order === null) return null;
  const index = request.phases.indexOf(order.through);
  const { headers } = listHeaders(request.store, { package: request.package });
  const wanted = headers.filter(
    ({ phase, failed, id }) => phase === order.through && !failed && id === (order.id ?? id),
  );
  for (const header of index < 0 ? [] : wanted.reverse()) {
    const hit = tryOpen(request, header, index, messages);
    if (hit !== null) return { hit, miss: null, problems: [], differences: differencesFrom(request, hit) };
  }
  messages.warn(`no snapshot through ${order.through} can be restored; looking up snapshots by key`);
  return null;
}

function readOrder(
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

function tryOpen(
  request: LookupRequest,
  header: SnapshotHeader,
  index: number,
  messages: Messages,
): Hit | null {
  try {
    const opened = openSnapshot(request, header, index, true);
    if (!("conflict" in opened)) return opened;
    messages.warn(unusable(header, new Error(opened.conflict)));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    messages.warn(unusable(header, error));
  }
  return null;
}

function differencesFrom(request: LookupRequest, { record: { body } }: Hit): string[] {
  const miss = explainMiss(request, {
    phases: body.phases,
    keys: body.keys,
    inputs: parseInputs(body.inputs),
  });
  return miss?.differences.map(formatDifference) ?? [];
}
