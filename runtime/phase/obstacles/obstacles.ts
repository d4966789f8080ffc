import { setTimeout } from "node:timers/promises";
import { phaseOf } from "../../key/code/split.ts";
import { switchName, switchOf } from "../../key/phase-switches.ts";
import { parseShellFacts, type ShellFacts, type ShellState } from "../../shell/index.ts";
import { printable } from "../../util/bytes.ts";
import type { PhaseEnd } from "../context.ts";
import { readNested, type Session, type SessionState } from "../session.ts";
import { isHelper, isRunning, otherProcesses, type Process } from "./processes.ts";
import { isSandboxed } from "./sandbox.ts";
import { findObstacle, type Obstacle } from "./shell-obstacles.ts";
import { readSurroundings } from "./surroundings.ts";

/** How long to wait for processes that a phase has left, in milliseconds: they may be about to end. */
const longestWait = 1000;
/** How often to check them, in milliseconds. */
const waitInterval = 10;

/** The result of inspecting the surroundings of the shell after a phase. */
export interface Inspection {
  /** Why the phase can't be saved; null if it can. */
  obstacle: Obstacle | null;
  /** `reported` of the session, with the additions of this inspection. */
  reported: string[];
  /** Whether a process that ended after the phase may have changed files since. */
  changes: boolean;
}

/** Compares the surroundings of the shell with those before the first phase. Warns of helpers that are still running. */
export async function inspectSurroundings(
  {
    session,
    shell,
    answer,
    index,
    messages,
  }: Pick<PhaseEnd, "session" | "shell" | "answer" | "index" | "messages">,
  state: SessionState,
  now: { shell: ShellState; facts: ShellFacts },
): Promise<Inspection> {
  const surroundings = readSurroundings({ ...state, shell, answer });
  const before = { facts: parseShellFacts(session.initial), surroundings: state.surroundings };
  const obstacle =
    ranDisabled(state) ?? findObstacle(state, now.shell, before, { facts: now.facts, surroundings });
  // Without a sandbox, the list has all processes of the machine.
  const ended = isSandboxed(state) && now.facts.processes.some((pid) => !isRunning(pid));
  const { remaining, changes } = await waitFor(surroundings.processes, state, shell);
  const helpers = remaining.filter((one) => isHelper(one));
  const reported = [...state.reported];
  for (const one of helpers) {
    if (reported.includes(identity(one))) continue;
    reported.push(identity(one));
    messages.warn(
      `${shown(one)} is still running after ${state.phases[index]}; a build that restores this phase has to start it again`,
    );
  }
  const other = remaining.find((one) => !helpers.includes(one));
  if (obstacle !== null || other === undefined) return { obstacle, reported, changes: changes || ended };
  return { obstacle: { text: runningText(other), ends: false }, reported, changes: true };
}

/** Returns the obstacle of a phase that ran although its switch had disabled it: no key covers what it uses. */
function ranDisabled({ ran, disabled }: SessionState): Obstacle | null {
  const one = ran.find(({ phase }) => disabled.includes(phase))?.phase;
  if (one === undefined) return null;
  return { text: `${one} ran although ${switchName(switchOf(one)!)} disabled it at first`, ends: false };
}

function identity({ pid, start }: Process): string {
  return `${pid} ${start}`;
}

function shown({ pid, name }: Process): string {
  return `${printable(name)} (process ${pid})`;
}

/** Why a phase with this process is not saved: also how the session knows that it was reported. */
function runningText(process: Process): string {
  return `${shown(process)} is still running`;
}

/** Waits for the processes that are new since the first phase. Returns those that do not end by themselves. */
async function waitFor(
  processes: readonly Process[],
  state: SessionState,
  shell: number,
): Promise<{ remaining: Process[]; changes: boolean }> {
  const known = new Set(state.surroundings.processes.map(identity));
  const onlyNew = (all: readonly Process[]) => all.filter((one) => !known.has(identity(one)));
  const query = { shell, isSandboxed: isSandboxed(state), buildTop: state.buildTop };
  let remaining = onlyNew(processes);
  const changes = remaining.length > 0;
  const isUnreported = (one: Process) => !isHelper(one) && !state.reported.includes(runningText(one));
  const end = performance.now() + longestWait;
  while (remaining.some(isUnreported) && performance.now() < end) {
    await setTimeout(waitInterval);
    remaining = onlyNew(otherProcesses(query));
  }
  return { remaining, changes };
}

/**
 * Returns why a phase can't be saved that ran another phase inside it, or that comes before a phase that has already run
 * inside another: its key does not cover what that phase uses.
 */
export function nestedObstacle(
  session: Session,
  state: SessionState,
  index: number,
): { text: string | null; through: number } {
  const nested = readNested(session);
  const indexes = nested.map(({ phase }) => state.phases.findLastIndex((name) => phaseOf(name) === phase));
  const through = Math.max(state.nestedThrough, ...indexes);
  const inner = nested.find(({ outer }) => outer === index);
  if (inner !== undefined) return { text: `${printable(inner.phase)} ran inside it`, through };
  const early = index < through ? `${state.phases[through]} has already run inside another phase` : null;
  return { text: early, through };
}
