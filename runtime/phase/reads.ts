import type { Input } from "../key/input.ts";
import type { NameUse, WantedName } from "../layer/relocation/names.ts";
import type { SourceLayer } from "../layer/restore.ts";
import type { FileRead } from "../store/records/record.ts";
import { printable, toText } from "../util/bytes.ts";
import type { LookupRequest } from "./lookup/request.ts";
import type { RandomNames } from "./lookup/start-places.ts";
import type { SessionState } from "./session.ts";

/** Names that programs use for other things, too, however they stand. */
const common: ReadonlySet<string> = new Set([
  "makefile",
  "patches",
  "phases",
  "tarballs",
  "outputChecks",
  "passAsFile",
]);
const shortestName = 7;

/** What to look for in the layer of phase `index`: variables that only later phases use, and random names of randomNames. */
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

/** What files of phase `index`'s layer name, for the record. */
export function readsOf(state: SessionState, index: number, uses: readonly NameUse[]): FileRead[] {
  const digests = new Map(state.uses.map(({ name, digest }) => [name, digest]));
  return uses.map(({ name, path }) => {
    const kind = state.randomNames.includes(name) ? "place" : "variable";
    return { name, kind, file: path, phase: index, digest: digests.get(name) ?? null };
  });
}

/**
 * Why a snapshot can't serve: a file in its layers reads a variable that has another value now. A clause that begins with the
 * file; null when there is none. unpackPhase runs nothing of what it unpacks.
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

/** Why files can't follow where setup hooks now have their randomNames; null when none names the earlier build's. */
export function findRandomNameConflict(
  layers: readonly SourceLayer[],
  reads: readonly FileRead[],
  randomNames: RandomNames,
): string | null {
  for (const place of randomNames.keys()) {
    const read = reads.find(({ name, kind }) => kind === "place" && name === place);
    const path = `build/${place}`;
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

/** The reads of a restored snapshot, with what this build has. */
export function readsNow(reads: readonly FileRead[], { uses }: LookupRequest): FileRead[] {
  const digests = new Map(uses.map(({ name, digest }) => [name, digest]));
  return reads.map((read) =>
    read.kind === "place" ? read : { ...read, digest: digests.get(read.name) ?? null },
  );
}

function shown(path: string): string {
  return printable(toText(path));
}
