import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../archive/staging.ts";
import { moveTo } from "../phase/elsewhere.ts";
import { findEntrance, rootsToEnter } from "../phase/enter.ts";
import { environmentScript } from "../phase/environment.ts";
import { type Extracted, extractSnapshot } from "../phase/extract.ts";
import { missingPaths } from "../phase/named-paths.ts";
import { bashWord } from "../shell/index.ts";
import { openStore, type Store } from "../store/open.ts";
import type { SnapshotHeader, SnapshotRecord } from "../store/record.ts";
import { readSnapshot } from "../store/snapshots.ts";
import { fromText, printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { runChild } from "./child.ts";
import { defineCommand, type Globals, warn } from "./command.ts";
import { wholly } from "./interrupt.ts";
import { startProgress } from "./progress.ts";
import { allSummaries, ofPackage, recordOf } from "./snapshots.ts";
import { beside, ownTools } from "./tools.ts";

interface Options extends Globals {
  id: string;
  c: string | undefined;
  failed: boolean;
  keep: boolean;
}

export const shell = defineCommand<Options>({
  command: "shell <id>",
  describe: "Open a shell in a copy of a snapshot's files, with its state; exit status is the shell's",
  examples: [
    [
      "shell hello/buildPhase",
      "then for instance: runPhase installPhase; $curPhase is buildPhase, as in the build",
    ],
    ["shell --failed hello", "where hello's last failed build stood when it failed"],
    ["shell 3f -c 'make check'", "one command, with the options of the build: errexit, nounset, pipefail"],
  ],
  builder: (parser) =>
    parser
      .positional("id", {
        type: "string",
        demandOption: true,
        describe: "ID or its beginning, PKG or PKG/PHASE; with --failed PKG",
      })
      .option("c", { type: "string", requiresArg: true, describe: "Run this command instead" })
      .option("failed", { type: "boolean", default: false, describe: "The newest failed snapshot of PKG" })
      .option("keep", { type: "boolean", default: false, describe: "Leave the copy, and say where it is" }),
  handler: async ({ store: name, id, c: command, failed, keep }) => {
    const store = openStore(name, { write: false });
    const record = failed ? failedRecord(store, id) : recordOf(store, id);
    const tree = mkdtempSync(join(tmpdir(), "phasecache-shell-"));
    const remove = () => removeTree(Buffer.from(tree));
    const enter = () => prepare(store, record, tree, command);
    const { args, env } = await wholly(enter, remove);
    try {
      process.exitCode = await runChild(args, env);
    } finally {
      // It is what --keep is for: --quiet does not silence it, and standard output is the shell's.
      if (keep) process.stderr.write(`phasecache: the files are in ${printable(tree)}\n`);
      else remove();
    }
  },
});

/** The newest failed snapshot of a package. */
function failedRecord(store: Store, name: string): SnapshotRecord {
  const newest = ofPackage(allSummaries(store), name).findLast(({ failed }) => failed);
  if (newest !== undefined) return readSnapshot(store, newest);
  throw new PhaseCacheError("not-found", `no failed phase of ${name} is in the store`, {
    hint: "see `phasecache ls --failed`",
  });
}

/** Extracts a snapshot, and gives the command that starts a shell in it. */
async function prepare(store: Store, record: SnapshotRecord, tree: string, command: string | undefined) {
  const { header } = record;
  const progress = startProgress(`extracting ${header.id}`);
  const roots = rootsToEnter(tree, header);
  const extraction = { store, record, roots, tar: ownTools().tar, progress: progress.update };
  const extracted = await extractSnapshot(extraction).finally(progress.end);
  // mount and pivot_root lie where the PATH of many users does not lead.
  const env = { PATH: `${process.env.PATH ?? "/usr/bin:/bin"}:/usr/sbin:/sbin` };
  const { prefix, obstacle } = findEntrance(beside("enter-build.sh"), tree, header, env);
  const relocate = obstacle === null ? (text: string) => text : moveTo(roots, header);
  writeFileSync(join(tree, "env.sh"), environmentScript(header, extracted, relocate));
  const start = join(tree, "start.sh");
  writeFileSync(start, `. ${bashWord(fromText(join(tree, "env.sh")))} || exit\n${ending(header, command)}`);
  const bash =
    command === undefined ? ["bash", "--noprofile", "--rcfile", start, "-i"] : ["bash", "--norc", start];
  tell(
    header,
    extracted,
    command === undefined,
    obstacle === null ? null : `${obstacle}; they are in ${tree}`,
  );
  return { args: [...prefix, ...bash], env };
}

/** What the shell does once it has the state. */
function ending(header: SnapshotHeader, command: string | undefined): string {
  if (command !== undefined) return `eval -- ${bashWord(fromText(command))}\n`;
  const where = `${header.name} ${header.phase}`.replace(/[^A-Za-z0-9 ._+-]/g, "?");
  return [
    // What makes an interactive shell, and the builder's had off; with errexit the first mistake would end it.
    "set +o errexit",
    "set -o emacs -o history -o monitor 2>/dev/null || :",
    `export TERM=${bashWord(fromText(process.env.TERM ?? "dumb"))}`,
    "unset -v HISTFILE PROMPT_COMMAND",
    `PS1='[${where}${header.failed ? " failed" : ""}] \\w\\$ '`,
    "",
  ].join("\n");
}

/** Says what the shell is, and what in it is not as it was in the builder. */
function tell(
  header: SnapshotHeader,
  extracted: Extracted,
  interactive: boolean,
  obstacle: string | null,
): void {
  const missing = missingPaths(extracted.state, header);
  const some = missing.slice(0, 3).join(" ");
  for (const problem of extracted.problems) warn(problem);
  if (obstacle !== null) warn(`the build's paths could not be put in place: ${obstacle}`);
  if (missing.length > 0)
    warn(
      `not on this machine, of what the state names: ${some}${missing.length > 3 ? ` and ${missing.length - 3} more` : ""}`,
    );
  if (!interactive) return;
  const moment = header.failed ? `when ${header.phase} failed` : `after ${header.phase}`;
  const call = "runPhase PHASE and genericBuild are there";
  process.stderr.write(`${printable(`${header.name} ${moment}`)}: ${call}; errexit is off at this prompt\n`);
}
