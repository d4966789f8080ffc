import { setTimeout } from "node:timers/promises";
import { factsIn, type ShellFacts, type ShellState } from "../../shell/index.ts";
import { printable } from "../../util/bytes.ts";
import type { Messages } from "../messages.ts";
import { readNested, type Session, type SessionState } from "../session.ts";
import { isHelper, isRunning, otherProcesses, type Process } from "./processes.ts";
import { isSandboxed } from "./sandbox.ts";
import { findObstacle, type Obstacle } from "./shell-obstacles.ts";
import { readSurroundings } from "./surroundings.ts";

/** For how long a process may go on after its phase, in milliseconds: it may be about to end. */
const longestWait = 1000;
/** How long to wait before looking again. */
const waitInterval = 10;

/** What is around the shell after a phase. */
export interface Inspection {
  /** Why the phase can't be saved; null when it can. */
  obstacle: Obstacle | null;
  /** `reported` of the session, with what has been reported now. */
  reported: string[];
  /** Whether files may have changed since the phase ended, by a process that ended after it. */
  changes: boolean;
}

interface Looking {
  session: Session;
  shell: number;
  answer: number;
  index: number;
  messages: Messages;
}

/** Compares what is around the shell with what was there before the first phase, and callsEnd of helpers that still run. */
export async function inspectSurroundings(
  { session, shell, answer, index, messages }: Looking,
  state: SessionState,
  now: { shell: ShellState; facts: ShellFacts },
): Promise<Inspection> {
  const surroundings = readSurroundings({ ...state, shell, answer });
  const before = { facts: factsIn(session.initial), surroundings: state.surroundings };
  const obstacle = findObstacle(state, now.shell, before, { facts: now.facts, surroundings });
  // Without a sandbox these are all of the machine's.
  const ended = isSandboxed(state) && now.facts.processes.some((pid) => !isRunning(pid));
  const { left, changes } = await waitFor(surroundings.processes, state, shell);
  const helpers = left.filter((one) => isHelper(one));
  const reported = [...state.reported];
  for (const one of helpers) {
    if (reported.includes(identity(one))) continue;
    reported.push(identity(one));
    messages.warn(
      `${shown(one)} is still running after ${state.phases[index]}; a build that restores this phase has to start it again`,
    );
  }
  const other = left.find((one) => !helpers.includes(one));
  if (obstacle !== null || other === undefined) return { obstacle, reported, changes: changes || ended };
  return { obstacle: { text: `${shown(other)} is still running`, ends: false }, reported, changes: true };
}

function identity({ pid, start }: Process): string {
  return `${pid} ${start}`;
}

function shown({ pid, name }: Process): string {
  return `${printable(name)} (process ${pid})`;
}

/** Of these processes those that stay: they were not there before the first phase, and do not end by themselves. */
async function waitFor(
  processes: readonly Process[],
  state: SessionState,
  shell: number,
): Promise<{ left: Process[]; changes: boolean }> {
  const known = new Set(state.surroundings.processes.map(identity));
  const fresh = (all: readonly Process[]) => all.filter((one) => !known.has(identity(one)));
  const query = { shell, isSandboxed: isSandboxed(state), buildTop: state.buildTop };
  let left = fresh(processes);
  const changes = left.length > 0;
  const isUnreported = (one: Process) =>
    !isHelper(one) && !state.reported.includes(`${shown(one)} is still running`);
  const end = performance.now() + longestWait;
  while (left.some(isUnreported) && performance.now() < end) {
    await setTimeout(waitInterval);
    left = fresh(otherProcesses(query));
  }
  return { left, changes };
}

/**
 * Why a phase can't be saved that ran another one inside, or that comes before one that has already run inside of another:
 * its key does not tell of what that one uses.
 */
export function nestedObstacle(
  session: Session,
  state: SessionState,
  index: number,
): { text: string | null; through: number } {
  const nested = readNested(session);
  const indexes = nested.map(({ phase }) => state.phases.lastIndexOf(phase));
  const through = Math.max(state.nestedThrough, ...indexes);
  const inner = nested.find(({ outer }) => outer === index);
  if (inner !== undefined) return { text: `${printable(inner.phase)} ran inside it`, through };
  const early = index < through ? `${state.phases[through]} has already run inside another phase` : null;
  return { text: early, through };
}
