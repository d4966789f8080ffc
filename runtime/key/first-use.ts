import type { ByteString } from "../util/bytes.ts";
import { everyVariable, type Scanner, searchPath } from "./code/scanner.ts";
import type { Item } from "./item.ts";

/** An item with the index of the phase that uses it first; infinite when no phase does. */
export interface AssignedItem extends Item {
  phase: number;
  /** What made it earlier than its users say, a clause: `buildPhase names it`. */
  because: string | undefined;
  /** Index of the phase from which its text may run; infinite where no text names an item that waits. */
  runs: number;
}

/** A text that runs in a phase, and the words that it reaches. */
interface Source {
  label: string;
  words: ReadonlySet<string>;
  /** The phase it runs in; where it is an item's text, that item's phase. */
  phase(): number;
}

/**
 * Finds which phase uses each item first: the earliest of its users, or an earlier one with a text that names it.
 * Moving an item moves its text, so this goes on until nothing moves.
 * @param scripts texts that run before the first phase, and may define functions for any
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
      runs: item.waits ? Number.POSITIVE_INFINITY : earliest(item, phases),
    }),
  );
  const wanted = new Set(
    assigned.filter(({ phase, waits }) => phase > 0 || waits).flatMap(({ words }) => words),
  );
  const relevant = (words: Set<string>) =>
    new Set([...words].filter((word) => word === everyVariable || wanted.has(word)));
  const sources: Source[] = [
    ...scripts.map((text) => ({ label: "the builder", words: scanner.scan(text), phase: () => 0 })),
    ...phases.map((phase, index) => ({ label: phase, words: scanner.scanPhase(phase), phase: () => index })),
    ...assigned
      .filter(({ text }) => text !== "")
      .map((item) => ({ label: item.name, words: scanner.scan(item.text), phase: () => item.runs })),
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
  const indexes = users.map((user) => phases.indexOf(user)).filter((index) => index >= 0);
  return indexes.length === 0 ? 0 : Math.min(...indexes);
}

/** How a text uses what it does not name. */
const ways: ReadonlyMap<string, string> = new Map([
  [everyVariable, "reads the whole environment"],
  [searchPath, "reads $PATH"],
]);

/** One round: each item goes to the earliest phase with a text that names it. Returns whether any moved. */
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
      if (phase < item.runs) {
        item.runs = phase;
        moved = true;
      }
      if (phase >= item.phase) continue;
      item.phase = phase;
      item.because = `${source.label} ${ways.get(word) ?? (word === item.group && word !== item.name ? `reads ${word}` : "names it")}`;
      moved = true;
    }
  }
  return moved;
}
