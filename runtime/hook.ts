import { readFileSync } from "node:fs";
import { endCall, planCall, saveCall } from "./phase/calls.ts";
import { writeAll } from "./util/files.ts";
import { startHeartbeat } from "./util/heartbeat.ts";

/**
 * The program that phase-cache-hook.sh runs:
 *
 *     hook.cjs ANSWER plan PID BUILD_TOP LOG_FD HOOK PHASES SHELL < dump
 *     hook.cjs ANSWER save SESSION INDEX SHELL ENDING [LISTED] < dump
 *     hook.cjs ANSWER failed SESSION INDEX SHELL "" [LISTED] < dump
 *     hook.cjs ANSWER end SESSION SHELL
 *
 * Standard input is the shell's dump. INDEX is the phase's position in the phase list, SHELL the pid of the shell that runs
 * the phases. ENDING is `at-hook` if the phase ended with the call of its post hook, and else empty. "ok" arrives on file descriptor LISTED once the session has the list of files. The program writes a bash
 * script for the hook to apply to file descriptor ANSWER, ending in `# end`, and its heartbeat to standard output. At any
 * exit status but 0 the hook stops caching and the build continues.
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
        endsAtHook: fourth === "at-hook",
        listed: fifth === "" ? null : Number(fifth),
        runtime: __dirname,
      };
      return saveCall(request, readFileSync(0));
    }
    case "end":
      return endCall({ directory: first, shell: Number(second), runtime: __dirname });
    default:
      throw new Error(`unknown call ${JSON.stringify(command)}`);
  }
}

// Node exits with this status if it runs out of events before there is an answer.
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
