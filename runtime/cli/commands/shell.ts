import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bashWord } from "../../shell/index.ts";
import type { Store } from "../../store/layout.ts";
import { openStore } from "../../store/open.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { removeTree } from "../../tree/remove.ts";
import { fromText, printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand } from "../command.ts";
import { runChild } from "../shell/child.ts";
import { prepareShell } from "../shell/start.ts";
import { allSummaries, ofPackage, recordOf } from "../snapshots.ts";
import { wholly } from "../ui/signals.ts";

export const shell = defineCommand({
  command: "shell <id>",
  describe: "Open a shell in a copy of a snapshot's files, with its state; exit status is the shell's",
  examples: [
    [
      "shell hello/buildPhase",
      "then for instance: runPhase installPhase; $curPhase is buildPhase, as in the build",
    ],
    ["shell --failed hello", "where hello's last failed build stood when it failed"],
    ["shell 3f -c 'make check'", "one command, with the options of the build: errexit, nounset, pipefail"],
    ["shell 3f -- make check", "the same, its words as they stand"],
  ],
  arguments: {
    id: {
      type: "string",
      demandOption: true,
      describe: "ID or its beginning, PKG or PKG/PHASE; with --failed PKG",
    },
  },
  options: {
    c: {
      type: "string",
      requiresArg: true,
      describe: "Run this bash code instead; or a command that stands behind --",
    },
    failed: { type: "boolean", default: false, describe: "The newest failed snapshot of PKG" },
    keep: { type: "boolean", default: false, describe: "Leave the copy, and say where it is" },
  },
  takesWords: true,
  handler: async ({ store: name, id, c, failed, keep, "--": words = [] }) => {
    const command = commandOf(c, words);
    const store = openStore(name, { write: false });
    const record = failed ? failedRecord(store, id) : recordOf(store, id);
    const tree = mkdtempSync(join(tmpdir(), "phasecache-shell-"));
    const remove = () => removeTree(Buffer.from(tree));
    const enter = () => prepareShell(store, record, tree, command);
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

/** The bash code to run, if any: one word is code itself, as with `-c`, and several are a command as it stands. */
function commandOf(code: string | undefined, words: readonly string[]): string | undefined {
  if (words.length === 0) return code;
  if (code !== undefined)
    throw new PhaseCacheError("usage", "-c and a command behind -- exclude each other", {
      hint: "see `phasecache shell --help`",
    });
  return words.length === 1 ? words[0] : words.map((word) => bashWord(fromText(word))).join(" ");
}

/** The newest failed snapshot of a package. */
function failedRecord(store: Store, name: string): SnapshotRecord {
  const newest = ofPackage(allSummaries(store), name).findLast(({ failed }) => failed);
  if (newest !== undefined) return readSnapshot(store, newest);
  throw new PhaseCacheError("not-found", `no failed phase of ${name} is in the store`, {
    hint: "see `phasecache ls --failed`",
  });
}
