import { closeSync } from "node:fs";
import { restoreLayers } from "../archive/restore.ts";
import { emitScript, parseDump } from "../shell/index.ts";
import { recordHit } from "../store/hits.ts";
import { countEvent } from "../store/stats.ts";
import { encodeTree, scanTree } from "../tree/scan.ts";
import { formatDuration } from "../util/time.ts";
import type { Build } from "./build.ts";
import { closeLayers } from "./layers.ts";
import { type Answer, type Hit, lookUp } from "./lookup.ts";
import type { Messages } from "./messages.ts";
import { planScript } from "./script.ts";
import { createSession, type Run, type Session } from "./session.ts";
import type { Tools } from "./tools.ts";

/**
 * The first call of a build: finds the deepest valid snapshot, restores it, and says in a bash script what is done.
 * @returns the script for the hook to apply, state and all
 * @throws when restoring failed; whatever was written is removed again, so that the phases can run from the start
 */
export async function planBuild(build: Build, dump: Uint8Array, tools: Tools, messages: Messages): Promise<string> {
  const answer = lookUp({ ...build, initial: parseDump(dump) });
  for (const problem of answer.problems) messages.warn(problem);
  const { hit } = answer;
  let restoring = 0;
  if (hit !== null) {
    const begin = Date.now();
    await apply(build, hit, tools);
    restoring = Date.now() - begin;
  }
  const { tree } = await scanTree(build.roots, tools);
  const session = createSession(sessionOf(build, hit), dump, encodeTree(tree));
  report(build, answer, restoring, messages);
  const functions = planScript({ session, restored: hit === null ? [] : notes(build, hit), saves: build.saves });
  return hit === null ? functions : `${emitScript(hit.state.result)}\n${functions}`;
}

async function apply(build: Build, hit: Hit, tools: Tools): Promise<void> {
  try {
    await restoreLayers({ layers: hit.layers, roots: build.roots, tar: tools.tar });
  } finally {
    closeLayers(hit.layers);
  }
}

function sessionOf(build: Build, hit: Hit | null): Session {
  return {
    store: build.store.root,
    package: build.package,
    name: build.name,
    system: build.system,
    buildTop: build.buildTop,
    phases: build.phases,
    keys: build.keys,
    inputs: build.inputs,
    outputs: build.outputs,
    roots: build.roots,
    quiet: build.quiet,
    strict: build.strict,
    logFd: build.logFd,
    parent: hit?.record.header.id ?? null,
    layers: hit?.record.header.layers ?? [],
    relocatedFrom: hit?.record.header.outputs ?? null,
    next: hit === null ? 0 : hit.index + 1,
    ran: hit === null ? [] : hit.record.body.ran,
    since: Date.now(),
  };
}

/** One line for each restored phase that once ran; an empty one for a phase that its switch had turned off. */
function notes(build: Build, hit: Hit): string[] {
  const waiting: Run[] = [...hit.record.body.ran];
  return build.phases.slice(0, hit.index + 1).map((phase) => {
    if (waiting[0]?.phase !== phase) return "";
    const { duration } = waiting.shift()!;
    return `phasecache: ${phase} restored, ${formatDuration(duration)} saved`;
  });
}

function report(build: Build, answer: Answer, restoring: number, messages: Messages): void {
  const { hit, miss } = answer;
  if (hit !== null) {
    const { header } = hit.record;
    const saved = formatDuration(header.total - restoring);
    messages.inform(`restored ${build.name} through ${header.phase} in ${formatDuration(restoring)}, ${saved} saved`);
    recordHit(build.store, header.id);
    countEvent(build.store, { kind: "hit", package: build.package, milliseconds: header.total - restoring });
  }
  if (miss !== null) {
    messages.inform(miss);
    countEvent(build.store, { kind: "miss", package: build.package, reason: miss });
  }
}
