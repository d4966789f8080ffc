import type { ByteString } from "../util/bytes.ts";
import { everyVariable, type Scanner, searchPath } from "./code/scanner.ts";
import { phaseOf } from "./code/split.ts";
import type { Item } from "./item.ts";

/** An item with the index of the phase that uses it first; Infinity when no phase does. */
export interface AssignedItem extends Item {
  phase: number;
  /** Why its phase is earlier than those of its users, as a clause: `buildPhase names it`. */
  because: string | undefined;
  /** Index of the phase from which its text may run; Infinity when it runs only when named, and no text names it. */
  runsFrom: number;
}

/** A text that runs in a phase, and the words that it can use. */
interface Source {
  label: string;
  words: ReadonlySet<string>;
  /** The phase in which it runs. For the text of an item, that changes with the item's phase. */
  phase(): number;
}

/**
 * Finds which phase uses each item first: the earliest of its users, or an earlier phase with a text that names the item.
 * Moving an item to an earlier phase moves its text, too, so the search repeats until no item moves.
 * @param scripts texts that run before the first phase, and may define functions for any phase
 */
export function assignPhases(
  items: readonly Item[],
  phases: readonly string[],
  scanner: Scanner,
  scripts: readonly ByteString[],
): AssignedItem[] {
  const assigned = items.map(
    (item): AssignedItem => ({
      ...item,
      phase: earliest(item, phases),
      because: undefined,
      runsFrom: item.runsWhenNamed ? Number.POSITIVE_INFINITY : earliest(item, phases),
    }),
  );
  const wanted = new Set(
    assigned.filter(({ phase, runsWhenNamed }) => phase > 0 || runsWhenNamed).flatMap(({ words }) => words),
  );
  const relevant = (words: Set<string>) =>
    new Set([...words].filter((word) => word === everyVariable || wanted.has(word)));
  const sources: Source[] = [
    ...scripts.map((text) => ({ label: "the builder", words: scanner.scanScript(text), phase: () => 0 })),
    ...phases.map((phase, index) => ({ label: phase, words: scanner.scanPhase(phase), phase: () => index })),
    ...assigned
      .filter(({ text }) => text !== "")
      .map((item) => ({ label: item.name, words: scanner.scan(item.text), phase: () => item.runsFrom })),
  ].map((source) => ({ ...source, words: relevant(source.words) }));
  while (
    moveAll(
      assigned,
      sources.filter(({ words }) => words.size > 0),
    )
  );
  return assigned;
}

function earliest({ users }: Item, phases: readonly string[]): number {
  if (users === undefined) return 0;
  if (users.length === 0) return Number.POSITIVE_INFINITY;
  const indexes = users.map((user) => indexOfUser(user, phases)).filter((index) => index >= 0);
  return indexes.length === 0 ? 0 : Math.min(...indexes);
}

/** Returns the index of a phase or a part. Where a hook is no part of its own, its phase runs it. */
function indexOfUser(user: string, phases: readonly string[]): number {
  const index = phases.indexOf(user);
  return index >= 0 ? index : phases.indexOf(phaseOf(user));
}

/** How a text uses items without naming them. */
const unnamedUses: ReadonlyMap<string, string> = new Map([
  [everyVariable, "reads the whole environment"],
  [searchPath, "reads $PATH"],
]);

/** Moves each item to the earliest phase with a text that names it. Returns whether any item moved. */
function moveAll(assigned: readonly AssignedItem[], sources: readonly Source[]): boolean {
  const first = new Map<string, Source>();
  for (const source of sources) {
    for (const word of source.words) {
      const other = first.get(word);
      if (other === undefined || source.phase() < other.phase()) first.set(word, source);
    }
  }
  let moved = false;
  for (const item of assigned) {
    for (const word of [...item.words, everyVariable]) {
      const source = first.get(word);
      if (source === undefined) continue;
      const phase = source.phase();
      if (phase < item.runsFrom) {
        item.runsFrom = phase;
        moved = true;
      }
      if (phase >= item.phase) continue;
      item.phase = phase;
      item.because = `${source.label} ${unnamedUses.get(word) ?? (word === item.group && word !== item.name ? `reads ${word}` : "names it")}`;
      moved = true;
    }
  }
  return moved;
}
