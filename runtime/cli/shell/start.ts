import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "../../ninja/log.ts";
import { bashWord } from "../../shell/index.ts";
import { type Entrance, findEntrance, rootsToEnter } from "../../snapshot/enter.ts";
import { environmentScript } from "../../snapshot/environment.ts";
import { type Extracted, extractSnapshot } from "../../snapshot/extract.ts";
import { missingPaths } from "../../snapshot/missing-paths.ts";
import { findProgram, pathOf, rehashLogs, type StaleLog } from "../../snapshot/ninja.ts";
import { moveTo } from "../../snapshot/relocated-roots.ts";
import type { Store } from "../../store/layout.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { fromText, printable, toText } from "../../util/bytes.ts";
import { beside, ownTools } from "../packaging.ts";
import { warn } from "../ui/output.ts";
import { startProgress } from "../ui/progress.ts";

/** Extracts a snapshot, and returns the command that starts a shell in it. */
export async function prepareShell(
  store: Store,
  record: SnapshotRecord,
  tree: string,
  command: string | undefined,
): Promise<{ args: string[]; env: NodeJS.ProcessEnv }> {
  const { header } = record;
  const progress = startProgress(`extracting ${header.id}`);
  const roots = rootsToEnter(tree, header);
  const extraction = { store, record, roots, tar: ownTools().tar, progress: progress.update };
  const extracted = await extractSnapshot(extraction).finally(progress.end);
  // mount and pivot_root are in directories that many users do not have in PATH.
  const env = { PATH: `${process.env.PATH ?? "/usr/bin:/bin"}:/usr/sbin:/sbin` };
  const { prefix, obstacle } = findEntrance(beside("enter-build.sh"), tree, header, env);
  const relocate = obstacle === null ? (text: string) => text : moveTo(roots, header);
  writeFileSync(join(tree, "env.sh"), environmentScript(header, extracted, relocate));
  const start = join(tree, "start.sh");
  writeFileSync(
    start,
    `. ${bashWord(fromText(join(tree, "env.sh")))} || exit\n${shellCode(header, command)}`,
  );
  const bash =
    command === undefined ? ["bash", "--noprofile", "--rcfile", start, "-i"] : ["bash", "--norc", start];
  const ninja = (log: StaleLog) => ninjaFor(log, header, extracted, { prefix, env });
  const { problems } = rehashLogs(extracted.staleLogs, roots[0]!, header.outputs, ninja);
  reportShell(
    header,
    { ...extracted, problems: [...extracted.problems, ...problems, ...temporaryFiles(tree)] },
    command === undefined,
    obstacle === null ? null : `${obstacle}; the files are in ${tree}`,
  );
  return { args: [...prefix, ...bash], env };
}

/** Returns messages about the build's files that are not at their original paths. */
function temporaryFiles(tree: string): string[] {
  const places = [
    ["tmp", "/tmp"],
    ["shm", "/dev/shm"],
  ] as const;
  return places
    .filter(([name]) => existsSync(join(tree, name)))
    .map(([name, place]) => `the build's files in ${place} are in ${join(tree, name)}`);
}

/** Returns the ninja that the shell will find, or else the user's own, to be run inside the shell's mounts. */
function ninjaFor(
  { directory }: StaleLog,
  { buildTop }: SnapshotHeader,
  { state }: Extracted,
  { prefix: [program, ...rest], env }: Pick<Entrance, "prefix"> & { env: NodeJS.ProcessEnv },
): Program | null {
  const ninja = findProgram("ninja", pathOf(state)) ?? findProgram("ninja", process.env.PATH ?? "");
  if (ninja === null) return null;
  if (program === undefined) return { command: [ninja], env };
  const inside = `${buildTop}${toText(directory.slice("build".length))}`;
  return { command: [program, ...rest, ninja, "-C", inside], env };
}

/** Returns the code that the shell runs after the state has been restored. */
function shellCode(header: SnapshotHeader, command: string | undefined): string {
  if (command !== undefined) return `eval -- ${bashWord(fromText(command))}\n`;
  const where = `${header.name} ${header.phase}`.replace(/[^A-Za-z0-9 ._+-]/g, "?");
  return [
    // The builder's shell has no interactive options, and with errexit the first failing command would end the shell.
    "set +o errexit",
    "set -o emacs -o history -o monitor 2>/dev/null || :",
    `export TERM=${bashWord(fromText(process.env.TERM ?? "dumb"))}`,
    "unset -v HISTFILE PROMPT_COMMAND",
    `PS1='[${where}${header.failed ? " failed" : ""}] \\w\\$ '`,
    "",
  ].join("\n");
}

/** Prints what the shell is, and how it differs from the builder's. */
function reportShell(
  header: SnapshotHeader,
  extracted: Extracted,
  interactive: boolean,
  obstacle: string | null,
): void {
  const missing = missingPaths(extracted.state, header);
  const some = missing.slice(0, 3).join(" ");
  for (const problem of extracted.problems) warn(problem);
  if (obstacle !== null) warn(`the build's paths could not be mounted: ${obstacle}`);
  if (missing.length > 0)
    warn(
      `the state refers to paths that are not on this machine: ${some}${missing.length > 3 ? ` and ${missing.length - 3} more` : ""}`,
    );
  if (!interactive) return;
  const moment = header.failed ? `when ${header.phase} failed` : `after ${header.phase}`;
  const call = "runPhase PHASE and genericBuild are available";
  process.stderr.write(`${printable(`${header.name} ${moment}`)}: ${call}; errexit is off at this prompt\n`);
}
