import { readFileSync } from "node:fs";
import { endCall, planCall, saveCall } from "./phase/calls.ts";
import { writeAll } from "./util/files.ts";
import { startHeartbeat } from "./util/heartbeat.ts";

/**
 * What phase-cache-hook.sh calls:
 *
 *     hook.cjs ANSWER plan PID BUILD_TOP LOG_FD HOOK PHASES SHELL < dump
 *     hook.cjs ANSWER save SESSION INDEX SHELL [LISTED] < dump
 *     hook.cjs ANSWER failed SESSION INDEX SHELL [LISTED] < dump
 *     hook.cjs ANSWER end SESSION SHELL
 *
 * with the shell's dump on standard input, INDEX the phase's in the list, SHELL the process that runs the phases, and "ok"
 * on the file descriptor LISTED once a list of the files is in the session. A bash script for the hook to apply goes to
 * the file descriptor ANSWER, `# end` behind it; lines on standard output say that the call gets on. Any exit status but 0
 * tells the hook to build on without the cache.
 */
async function main(answer: number, [command = "", ...args]: string[]): Promise<string> {
  const [first = "", second = "", third = "", fourth = "", fifth = "", sixth = ""] = args;
  switch (command) {
    case "plan": {
      const phases = fifth.split(/\s+/).filter((phase) => phase !== "");
      const request = {
        pid: Number(first),
        buildTop: second,
        logFd: third,
        hook: fourth,
        phases,
        shell: Number(sixth),
        answer,
        runtime: __dirname,
      };
      return planCall(request, readFileSync(0));
    }
    case "save":
    case "failed": {
      const request = {
        directory: first,
        index: Number(second),
        failed: command === "failed",
        shell: Number(third),
        answer,
        listed: fourth === "" ? null : Number(fourth),
        runtime: __dirname,
      };
      return saveCall(request, readFileSync(0));
    }
    case "end":
      return endCall({ directory: first, shell: Number(second), runtime: __dirname });
    default:
      throw new Error(`there is no command ${JSON.stringify(command)}`);
  }
}

// Node ends when nothing is left to wait for, and then with this status: an answer that never came is none.
process.exitCode = 1;
startHeartbeat(1);
const [answer, ...call] = process.argv.slice(2);
main(Number(answer), call).then(
  (script) => {
    writeAll(Number(answer), Buffer.from(`${script}# end\n`));
    process.exitCode = 0;
  },
  (error: unknown) => {
    process.stderr.write(`phasecache: ${error instanceof Error ? error.message : String(error)}\n`);
  },
);
