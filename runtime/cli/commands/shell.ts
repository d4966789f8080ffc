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
import { withUndo } from "../ui/signals.ts";

export const shell = defineCommand({
  command: "shell <id>",
  describe:
    "Open a shell with the state of a snapshot and a copy of its files; exits with the shell's status",
  examples: [
    [
      "shell hello/buildPhase",
      "then, for example: runPhase installPhase; $curPhase is buildPhase, as in the build",
    ],
    ["shell --failed hello", "hello's last failed build, as it was when it failed"],
    ["shell 3f -c 'make check'", "run a command with the build's shell options: errexit, nounset, pipefail"],
    ["shell 3f -- make check", "the same, with its words passed unchanged"],
  ],
  arguments: {
    id: {
      type: "string",
      demandOption: true,
      describe: "ID or ID prefix, PKG or PKG/PHASE; with --failed, PKG",
    },
  },
  options: {
    c: {
      type: "string",
      requiresArg: true,
      describe: "Run this bash code instead; a command may also follow --",
    },
    failed: { type: "boolean", default: false, describe: "Use the newest failed snapshot of PKG" },
    keep: { type: "boolean", default: false, describe: "Keep the copy, and print its path" },
  },
  takesWords: true,
  handler: async ({ store: name, id, c, failed, keep, "--": words = [] }) => {
    const command = commandOf(c, words);
    const store = openStore(name, { write: false });
    const record = failed ? failedRecord(store, id) : recordOf(store, id);
    const tree = mkdtempSync(join(tmpdir(), "phasecache-shell-"));
    const remove = () => removeTree(Buffer.from(tree));
    const enter = () => prepareShell(store, record, tree, command);
    const { args, env } = await withUndo(enter, remove);
    try {
      process.exitCode = await runChild(args, env);
    } finally {
      // Even with --quiet, since --keep asks for it; standard output belongs to the shell.
      if (keep) process.stderr.write(`phasecache: the files are in ${printable(tree)}\n`);
      else remove();
    }
  },
});

/** Returns the bash code to run, if any: a single word is code, as with `-c`; several words are a command. */
function commandOf(code: string | undefined, words: readonly string[]): string | undefined {
  if (words.length === 0) return code;
  if (code !== undefined)
    throw new PhaseCacheError("usage", "-c and a command after -- are mutually exclusive", {
      hint: "see `phasecache shell --help`",
    });
  return words.length === 1 ? words[0] : words.map((word) => bashWord(fromText(word))).join(" ");
}

/** Returns the newest failed snapshot of a package. */
function failedRecord(store: Store, name: string): SnapshotRecord {
  const newest = ofPackage(allSummaries(store), name).findLast(({ failed }) => failed);
  if (newest !== undefined) return readSnapshot(store, newest);
  throw new PhaseCacheError("not-found", `the store has no failed phase of ${name}`, {
    hint: "see `phasecache ls --failed`",
  });
}
