import { openStore } from "../../store/open.ts";
import { verifyStore } from "../../store/verify.ts";
import { formatSize } from "../../util/bytes.ts";
import { defineCommand, problemsFound } from "../command.ts";
import { openToWrite } from "../snapshots.ts";
import { paint, printDocument, printProblems } from "../ui/output.ts";
import { startProgress, withProgress } from "../ui/progress.ts";
import { counted } from "../ui/removals.ts";

export const verify = defineCommand({
  command: "verify",
  describe: "Check the store for problems; exits with status 4 if there are any",
  examples: [
    ["verify", "check records, sizes and unknown files"],
    ["verify --read-data --repair", "check every byte, and quarantine what is damaged"],
  ],
  options: {
    "read-data": {
      type: "boolean",
      default: false,
      describe: "Also read the contents of all blobs",
    },
    repair: {
      type: "boolean",
      default: false,
      describe: "Move damaged files to quarantine, and remove the records that need them",
    },
  },
  handler: ({ store: directory, json, readData, repair }) => {
    const store = repair ? openToWrite(directory) : openStore(directory, { write: false });
    const progress = startProgress("reading");
    const { problems, counts } = withProgress(progress, () =>
      verifyStore(store, { readData, repair }, progress.update),
    );
    printProblems(problems);
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
