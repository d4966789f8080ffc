import { explainMiss } from "../../key/explain.ts";
import { formatDifference } from "../../key/explain-text.ts";
import { parseInputs } from "../../key/input.ts";
import { takePin } from "../../store/pins.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { listHeaders } from "../../store/records/list.ts";
import { PhaseCacheError } from "../../util/error.ts";
import type { Messages } from "../messages.ts";
import { openSnapshot, unusable } from "./lookup.ts";
import type { Answer, Hit, Question } from "./request.ts";

/**
 * The newest snapshot of the package through a phase, whatever has changed, when the derivation (`phaseCacheThrough`)
 * or a pin in the store asks for it. Null when nobody does, or there is none that can be restored.
 */
export function lookUpPinned(question: Question, through: string | null, messages: Messages): Answer | null {
  const order = through === null ? readOrder(question, messages) : { through };
  if (order === null) return null;
  const index = question.phases.indexOf(order.through);
  const { headers } = listHeaders(question.store, { package: question.package });
  const wanted = headers.filter(
    ({ phase, failed, id }) => phase === order.through && !failed && id === (order.id ?? id),
  );
  for (const header of index < 0 ? [] : wanted.reverse()) {
    const hit = tryOpen(question, header, index, messages);
    if (hit !== null) return { hit, miss: null, problems: [], differences: differencesFrom(question, hit) };
  }
  messages.warn(`there is no snapshot through ${order.through} to restore; it is looked for by key`);
  return null;
}

function readOrder(
  { store, package: name }: Question,
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

function tryOpen(question: Question, header: SnapshotHeader, index: number, messages: Messages): Hit | null {
  try {
    const opened = openSnapshot(question, header, index, true);
    if (!("conflict" in opened)) return opened;
    messages.warn(unusable(header, new Error(opened.conflict)));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    messages.warn(unusable(header, error));
  }
  return null;
}

function differencesFrom(question: Question, { record: { body } }: Hit): string[] {
  const miss = explainMiss(question, {
    phases: body.phases,
    keys: body.keys,
    inputs: parseInputs(body.inputs),
  });
  return miss?.differences.map(formatDifference) ?? [];
}
