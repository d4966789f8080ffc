import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Program } from "../../ninja/log.ts";
import { environmentScript } from "../../snapshot/environment.ts";
import { claimDirectory, extractSnapshot } from "../../snapshot/extract.ts";
import { findProgram, rehashLogs } from "../../snapshot/ninja.ts";
import { moveTo, rootsBelow } from "../../snapshot/relocated-roots.ts";
import { openStore } from "../../store/open.ts";
import { isTemporary } from "../../tree/entry.ts";
import { formatSize } from "../../util/bytes.ts";
import { defineCommand } from "../command.ts";
import { ownTools } from "../packaging.ts";
import { recordOf, snapshotArgument } from "../snapshots.ts";
import { printDocument, warn } from "../ui/output.ts";
import { startProgress } from "../ui/progress.ts";
import { counted } from "../ui/removals.ts";
import { withUndo } from "../ui/signals.ts";

export const extract = defineCommand({
  command: "extract <id> <directory>",
  describe: "Extract the files of a snapshot into a directory, with an env.sh that restores the state",
  examples: [
    [
      "extract hello/buildPhase /tmp/hello",
      "the build directory goes to build, the contents of $out to outputs/out",
    ],
    [
      "extract 3f there; bash -c '. there/env.sh; runPhase checkPhase'",
      "continue by hand; to install, use phasecache shell: Makefiles contain store paths",
    ],
  ],
  arguments: {
    id: snapshotArgument,
    directory: {
      type: "string",
      demandOption: true,
      describe:
        "A new or empty directory; variables in env.sh refer to it, paths inside files stay as they are",
    },
  },
  handler: async ({ store: name, json, id, directory: given }) => {
    const store = openStore(name, { write: false });
    const record = recordOf(store, id);
    const { header } = record;
    const directory = resolve(given);
    const roots = rootsBelow(directory, header.outputs);
    const progress = startProgress(`extracting ${header.id}`);
    const environment = join(directory, "env.sh");
    const act = async () => {
      const { tar } = ownTools();
      const done = await extractSnapshot({ store, record, roots, tar, progress: progress.update });
      writeFileSync(environment, environmentScript(header, done, moveTo(roots, header)));
      // Not the ninja of the state: a build may have made it, and nothing of a build runs until env.sh is sourced.
      const ninja = findProgram("ninja", process.env.PATH ?? "");
      const program: Program | null = ninja === null ? null : { command: [ninja], env: {} };
      const rehashed = rehashLogs(done.staleLogs, roots[0]!, header.outputs, () => program);
      return { ...done, problems: [...done.problems, ...rehashed.problems] };
    };
    const release = claimDirectory(directory);
    const extracted = await withUndo(act, release).finally(progress.end);
    const { entries: files, bytes, problems } = extracted;
    for (const problem of problems) warn(problem);
    const made = roots.filter(({ name, path }) => !isTemporary(name) || existsSync(path));
    const places = Object.fromEntries(made.map(({ name, path }) => [name, path]));
    if (json) printDocument({ id: header.id, directory, environment, roots: places, files, bytes, problems });
    else process.stdout.write(`${counted(files, "file")}, ${formatSize(bytes)}\n`);
  },
});
