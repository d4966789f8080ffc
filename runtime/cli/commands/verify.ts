import { openStore } from "../../store/open.ts";
import { verifyStore } from "../../store/verify.ts";
import { formatSize } from "../../util/bytes.ts";
import { defineCommand, problemsFound } from "../command.ts";
import { openToWrite } from "../snapshots.ts";
import { nameProblems, paint, printDocument } from "../ui/output.ts";
import { startProgress, whileShown } from "../ui/progress.ts";
import { counted } from "../ui/removals.ts";

export const verify = defineCommand({
  command: "verify",
  describe: "Look for what is wrong in the store; status 4 when something is",
  examples: [
    ["verify", "records, sizes, unknown files"],
    ["verify --read-data --repair", "every byte; what is damaged goes to quarantine"],
  ],
  options: {
    "read-data": {
      type: "boolean",
      default: false,
      describe: "Read the contents of all blobs too",
    },
    repair: {
      type: "boolean",
      default: false,
      describe: "Move what is damaged to quarantine, remove the records that need it",
    },
  },
  handler: ({ store: directory, json, readData, repair }) => {
    const store = repair ? openToWrite(directory) : openStore(directory, { write: false });
    const progress = startProgress("reading");
    const { problems, counts } = whileShown(progress, () =>
      verifyStore(store, { readData, repair }, progress.update),
    );
    nameProblems(problems);
    if (json) printDocument({ repair, problems, ...counts });
    else {
      const { snapshots, blobs, bytes } = counts;
      const looked = `${counted(snapshots, "snapshot")}, ${counted(blobs, "blob")}, ${formatSize(bytes)}`;
      process.stdout.write(
        `${looked}: ${problems.length === 0 ? paint("green", "no problems") : paint("red", counted(problems.length, "problem"))}\n`,
      );
    }
    if (problems.length > 0) process.exitCode = problemsFound;
  },
});
