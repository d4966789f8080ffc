import type { Outputs } from "../key/derivation/outputs.ts";
import { findStaleReferences } from "../layer/stale-references.ts";
import { hashesOf } from "../snapshot/patterns.ts";
import type { Tools } from "../snapshot/tools.ts";
import type { LayerRef } from "../store/records/header.ts";
import { isOutput, type Root } from "../tree/entry.ts";
import type { Messages } from "./messages.ts";
import { referencePatterns } from "./stale-state.ts";

/**
 * The outputs that layers were saved with, except this build's own and those that its derivation refers to: a package may
 * link to its predecessor.
 * @param named the store paths that the derivation refers to
 */
export function foreignOutputs(
  layers: readonly LayerRef[],
  own: Outputs,
  named: readonly string[],
): Outputs[] {
  const text = (outputs: Outputs) => hashesOf(outputs).join();
  const foreign = new Map(layers.map(({ outputs }) => [text(outputs), outputs]));
  foreign.delete(text(own));
  const isForeign = ([, path]: [string, string]) => !named.includes(path);
  return [...foreign.values()].map((outputs) =>
    Object.fromEntries(Object.entries(outputs).filter(isForeign)),
  );
}

/** Warns of every file in this build's outputs that still refers to an output of the restored build. */
export function warnOfStaleReferences(
  roots: readonly Root[],
  relocatedFrom: readonly Outputs[],
  own: Outputs,
  tools: Tools,
  messages: Messages,
): void {
  const old = [...new Set(relocatedFrom.flatMap((outputs) => referencePatterns(outputs, own)))];
  if (old.length === 0) return;
  const outputs = roots.filter(({ name }) => isOutput(name)).map(({ path }) => path);
  for (const { file, member } of findStaleReferences(outputs, old, tools)) {
    const where = member === undefined ? file : `${file} (in its member ${member})`;
    messages.warn(`${where} still refers to an output of the restored build; build once without the hook`);
  }
}
