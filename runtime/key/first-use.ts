import type { ByteString } from "../util/bytes.ts";
import { assignmentOf, everyVariable, searchPath } from "./code/analyse.ts";
import type { Scanner } from "./code/scanner.ts";
import { phaseOf } from "./code/split.ts";
import type { Item } from "./item.ts";
import { phaseSwitches, switchName, switchOf } from "./phase-switches.ts";

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

/** The phases of a build, and what is known about them before the first one runs. */
export interface PhaseList {
  phases: readonly string[];
  /** Whether a phase's switch disables it when the build begins. */
  startsOff: (phase: string) => boolean;
  scanner: Scanner;
}

/** The result of `assignPhases`. */
export interface Assignment {
  items: AssignedItem[];
  /** The phases that do not run: their switches disable them, and no text changes these switches. */
  disabled: string[];
}

/**
 * Finds which phase uses each item first: the earliest of its users, or an earlier phase with a text that names the item.
 * Moving an item to an earlier phase moves its text, too, so the search repeats until no item moves.
 * @param scripts texts that run before the first phase, and may define functions for any phase
 */
export function assignPhases(
  items: readonly Item[],
  { phases, startsOff, scanner }: PhaseList,
  scripts: readonly ByteString[],
): Assignment {
  const phaseWords = phases.map((phase) => scanner.scanPhase(phase));
  const itemWords = items.map(({ text }) => (text === "" ? new Set<string>() : scanner.scan(text)));
  const scriptWords = scripts.map((text) => scanner.scanScript(text));
  const switched = switchesIn([...phaseWords, ...itemWords, ...scriptWords]);
  const isOff = (phase: string) => startsOff(phase) && !switched.has(phaseOf(phase));
  const assigned = items.map((item): AssignedItem => {
    const phase = earliest(item, phases, isOff);
    const runsFrom = item.runsWhenNamed ? Number.POSITIVE_INFINITY : phase;
    return { ...item, phase, because: item.because, runsFrom };
  });
  const wanted = new Set(
    assigned.filter(({ phase, runsWhenNamed }) => phase > 0 || runsWhenNamed).flatMap(({ words }) => words),
  );
  const relevant = (words: Set<string>) =>
    new Set([...words].filter((word) => word === everyVariable || wanted.has(word)));
  const sources: Source[] = [
    ...scriptWords.map((words) => ({ label: "the builder", words, phase: () => 0 })),
    ...phases.flatMap((phase, index) =>
      isOff(phase) ? [] : [{ label: phase, words: phaseWords[index]!, phase: () => index }],
    ),
    ...assigned.map((item, i) => ({ label: item.name, words: itemWords[i]!, phase: () => item.runsFrom })),
  ].map((source) => ({ ...source, words: relevant(source.words) }));
  while (
    moveAll(
      assigned,
      sources.filter(({ words }) => words.size > 0),
    )
  );
  return { items: assigned, disabled: phases.filter(isOff) };
}

/** Returns the phases whose switches a text may set. */
function switchesIn(words: readonly ReadonlySet<string>[]): Set<string> {
  const isSet = (name: string) => words.some((own) => own.has(assignmentOf(name)));
  return new Set(Object.keys(phaseSwitches).filter((phase) => isSet(switchName(phaseSwitches[phase]!))));
}

function earliest(
  { users, onlyUsers, words }: Item,
  phases: readonly string[],
  isOff: (phase: string) => boolean,
): number {
  if (users === undefined) return 0;
  const present = users.filter((user) => indexOfUser(user, phases) >= 0);
  if (present.length === 0) return users.length === 0 || onlyUsers ? Number.POSITIVE_INFINITY : 0;
  // A phase that its switch disables uses only the switch.
  const running = present.filter((user) => !onlyUsers || !isOff(user) || isSwitch(user, words));
  return Math.min(...running.map((user) => indexOfUser(user, phases)));
}

function isSwitch(phase: string, words: readonly string[]): boolean {
  const known = switchOf(phase);
  return known !== undefined && words.includes(switchName(known));
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
