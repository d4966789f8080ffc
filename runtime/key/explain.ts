import type { Key } from "./chain.ts";
import { hookOf } from "./code/split.ts";
import type { Input } from "./input.ts";

/** The phases, inputs and keys of a build: the current ones, or those that a snapshot recorded. */
export interface KeyRecord {
  phases: readonly string[];
  inputs: readonly Input[];
  keys: readonly Key[];
}

/** A difference between the inputs of a snapshot and the current ones. */
export interface Difference {
  /** The name of the input, of a dependency list whose order differs, or `phases`. */
  name: string;
  /** `moved`: the value is the same, but another phase uses it first; `before` and `after` are these phases. */
  kind: "added" | "removed" | "changed" | "moved" | "order";
  /** The first phase for which the difference matters. */
  phase: string;
  before?: string;
  after?: string;
  /** Why it matters to such an early phase, as a clause, where that is not obvious. */
  because?: string;
}

/** Why there is no snapshot of `phase`: the differences of that phase, followed by those of later phases. */
export interface Miss {
  phase: string;
  differences: Difference[];
}

/** A difference with the index of its phase. */
type Indexed = Difference & { index: number };

/**
 * Explains why the current keys differ from recorded ones. The differences are sorted by phase, and within a phase by
 * relevance. Returns null when there are none: the snapshot is missing for another reason.
 */
export function explainMiss(now: KeyRecord, recorded: KeyRecord): Miss | null {
  const last = now.phases.length - 1;
  if (last < 0 || now.keys.every((key, index) => key === recorded.keys[index])) return null;
  const at = (index: number) => ({ index: Math.min(index, last), phase: now.phases[Math.min(index, last)]! });
  const differences = [
    ...phaseDifferences(now.phases, recorded.phases).map(({ index, ...rest }) => ({ ...rest, ...at(index) })),
    ...inputDifferences(now, recorded).map(({ index, ...rest }) => ({ ...rest, ...at(index) })),
    ...orderDifferences(now.inputs, recorded.inputs).map(({ index, ...rest }) => ({ ...rest, ...at(index) })),
  ].sort((a, b) => a.index - b.index || rank(a) - rank(b));
  const first = differences[0];
  if (first === undefined) return null;
  return { phase: first.phase, differences: differences.map(({ index: _, ...difference }) => difference) };
}

type Found = Omit<Indexed, "phase">;

/** Compares the lists of phases. A list that only became shorter causes no miss. */
function phaseDifferences(now: readonly string[], recorded: readonly string[]): Found[] {
  // A part is explained by what its hook runs.
  const isPhase = (name: string) => hookOf(name) === null;
  const others = recorded.filter(isPhase);
  const phases = now.filter(isPhase);
  const position = phases.findIndex((phase, i) => phase !== others[i]);
  if (position < 0) return [];
  const before = others[position];
  const after = phases[position]!;
  return [
    {
      name: "phases",
      index: indexAt(now, position),
      ...(before === undefined ? { kind: "added" } : { kind: "changed", before }),
      after,
    },
  ];
}

/** Returns the index, among phases and parts, of the phase at a position in the list of phases. */
function indexAt(names: readonly string[], position: number): number {
  const indexes = names.flatMap((name, index) => (hookOf(name) === null ? [index] : []));
  return indexes[position]!;
}

function inputDifferences(now: KeyRecord, recorded: KeyRecord): Found[] {
  const old = new Map(recorded.inputs.map((input) => [input.name, input]));
  const found: Found[] = [];
  for (const input of now.inputs) {
    const { name, digest, phase, preview } = input;
    const before = old.get(name);
    old.delete(name);
    if (before === undefined) {
      found.push({ name, kind: "added", index: phase, after: preview, ...reasonOf(input) });
    } else if (before.digest !== digest) {
      const earlier = before.phase < phase ? before : input;
      const values = { before: before.preview, after: preview };
      found.push({ name, kind: "changed", index: earlier.phase, ...values, ...reasonOf(earlier) });
    } else if (recorded.phases[before.phase] !== now.phases[phase]) {
      const phases = { before: recorded.phases[before.phase] ?? "?", after: now.phases[phase]! };
      const earlier = before.phase < phase ? before : input;
      found.push({ name, kind: "moved", index: earlier.phase, ...phases, ...reasonOf(earlier) });
    }
  }
  for (const input of old.values()) {
    found.push({
      name: input.name,
      kind: "removed",
      index: input.phase,
      before: input.preview,
      ...reasonOf(input),
    });
  }
  return found;
}

function reasonOf({ because }: Input): { because?: string } {
  return because === undefined ? {} : { because };
}

/** Finds lists whose elements are in another order, not counting elements that were added or removed. */
function orderDifferences(now: readonly Input[], recorded: readonly Input[]): Found[] {
  const after = elementLists(now, new Set(recorded.map(identity)));
  const before = elementLists(recorded, new Set(now.map(identity)));
  const found: Found[] = [];
  for (const [place, elements] of after) {
    const others = before.get(place) ?? [];
    if (elements.join("\0") === others.join("\0")) continue;
    const [phase = "0", name = ""] = place.split("\0");
    found.push({
      name,
      kind: "order",
      index: Number(phase),
      before: others.join(" "),
      after: elements.join(" "),
    });
  }
  return found;
}

function identity({ name, phase, digest }: Input): string {
  return `${phase}\0${name}\0${digest}`;
}

/** Returns, for each list in each phase, the names of its elements that are also in `common`, in their order. */
function elementLists(inputs: readonly Input[], common: ReadonlySet<string>): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const input of inputs) {
    const dot = input.name.indexOf(".");
    if (dot < 0 || !common.has(identity(input))) continue;
    const place = `${input.phase}\0${input.name.slice(0, dot)}`;
    lists.set(place, [...(lists.get(place) ?? []), input.name.slice(dot + 1)]);
  }
  return lists;
}

/** Causes rank before their consequences: another stdenv changes many other inputs, another version changes the name. */
const causes = [
  "format version",
  "system",
  "NIX_STORE",
  "NIX_BUILD_TOP",
  "stdenv",
  "builder",
  "version",
  "src",
];
const consequences = new Set(["name", "out", "outputs"]);

function rank({ name, kind }: Difference): number {
  const cause = causes.indexOf(name);
  if (cause >= 0) return cause;
  if (consequences.has(name)) return 90;
  const kinds = { changed: 20, added: 30, removed: 40, moved: 50, order: 60 };
  return kinds[kind] + (name.startsWith("shell.") ? 5 : 0);
}
