import type { Input } from "../key/input.ts";
import type { NameUse, WantedName } from "../layer/relocation/names.ts";
import type { SourceLayer } from "../layer/restore.ts";
import type { FileRead } from "../store/records/record.ts";
import { printable, toText } from "../util/bytes.ts";
import type { LookupRequest } from "./lookup/request.ts";
import type { RandomNames } from "./lookup/start-places.ts";
import type { SessionState } from "./session.ts";

/** Names that programs also use for other things, in any position. */
const common: ReadonlySet<string> = new Set([
  "makefile",
  "patches",
  "phases",
  "tarballs",
  "outputChecks",
  "passAsFile",
]);
const shortestName = 7;

/** The names to search for in the layer of phase `index`: variables that only later phases use, and random names. */
export function wantedNames({ uses, randomNames }: SessionState, index: number): WantedName[] {
  const late = uses.filter(
    ({ name, phase }) =>
      phase > index && name.length >= shortestName && /^[A-Za-z_]\w*$/.test(name) && !common.has(name),
  );
  const variables = [...new Set(late.map(({ name }) => name))];
  return [
    ...variables.map((name) => ({ name, asVariable: true })),
    ...randomNames.map((name) => ({ name, asVariable: false })),
  ];
}

/** The reads of phase `index`'s layer, for the record. */
export function readsOf(state: SessionState, index: number, uses: readonly NameUse[]): FileRead[] {
  const digests = new Map(state.uses.map(({ name, digest }) => [name, digest]));
  return uses.map(({ name, path }) => {
    const kind = state.randomNames.includes(name) ? "place" : "variable";
    return { name, kind, file: path, phase: index, digest: digests.get(name) ?? null };
  });
}

/**
 * Finds a file in a snapshot's layers that refers to a variable whose value has changed, which rules the snapshot out.
 * Returns a clause that begins with the file, or null. For a snapshot of unpackPhase its own files don't count: that phase
 * runs nothing of what it unpacks.
 */
export function findReadConflict(
  reads: readonly FileRead[],
  { uses, phases, inputs: now }: LookupRequest,
  inputs: readonly Input[],
  index: number,
): string | null {
  const digests = new Map(uses.map(({ name, digest }) => [name, digest]));
  for (const { name, kind, file, phase, digest } of reads) {
    if (kind !== "variable" || (digests.get(name) ?? null) === digest) continue;
    if (phase === index && phases[phase] === "unpackPhase") continue;
    const values = [inputs, now].map(
      (list) => list.find((input) => input.name === name)?.preview ?? "nothing",
    );
    return `${shown(file)} from ${phases[phase]} refers to ${name}, which changed: ${values.join(" → ")}`;
  }
  return null;
}

/** Finds a file that contains a random name of the earlier build, or lies below one. Returns a clause, or null. */
export function findRandomNameConflict(
  layers: readonly SourceLayer[],
  reads: readonly FileRead[],
  randomNames: RandomNames,
): string | null {
  for (const randomName of randomNames.keys()) {
    const read = reads.find(({ name, kind }) => kind === "place" && name === randomName);
    const path = `build/${randomName}`;
    const isThere = ({ index: { entries, removed } }: SourceLayer) =>
      [...entries.map((entry) => entry.path), ...removed].some(
        (own) => own === path || own.startsWith(`${path}/`),
      );
    const file = read?.file ?? (layers.some(isThere) ? path : null);
    if (file !== null)
      return `${shown(file)} depends on a temporary path of a setup hook, which has another name in this build`;
  }
  return null;
}

/** The reads of a restored snapshot, with the digests of this build's values. */
export function readsNow(reads: readonly FileRead[], { uses }: LookupRequest): FileRead[] {
  const digests = new Map(uses.map(({ name, digest }) => [name, digest]));
  return reads.map((read) =>
    read.kind === "place" ? read : { ...read, digest: digests.get(read.name) ?? null },
  );
}

function shown(path: string): string {
  return printable(toText(path));
}
