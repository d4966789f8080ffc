import { readFileSync } from "node:fs";
import { abandonCall, planCall, saveCall } from "./phase/calls.ts";

/**
 * What phase-cache-hook.sh calls:
 *
 *     hook.cjs plan PID BUILD_TOP LOG_FD HOOK PHASES < dump
 *     hook.cjs save SESSION PHASE < dump
 *     hook.cjs failed SESSION PHASE < dump
 *     hook.cjs abandon PID BUILD_TOP
 *
 * with the shell's dump on standard input. Standard output is a bash script for the hook to apply. Exit status 1 tells it
 * to build on without the cache.
 */
async function main([command = "", ...args]: string[]): Promise<string> {
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = args;
  switch (command) {
    case "plan": {
      const phases = fifth.split(/\s+/).filter((phase) => phase !== "");
      const request = {
        pid: Number(first),
        buildTop: second,
        logFd: third,
        hook: fourth,
        phases,
        runtime: __dirname,
      };
      return planCall(request, readFileSync(0));
    }
    case "save":
    case "failed": {
      const call = { directory: first, phase: second, failed: command === "failed", runtime: __dirname };
      return saveCall(call, readFileSync(0));
    }
    case "abandon":
      abandonCall(Number(first), second);
      return "";
    default:
      throw new Error(`there is no command ${JSON.stringify(command)}`);
  }
}

main(process.argv.slice(2)).then(
  (script) => process.stdout.write(script),
  (error: unknown) => {
    process.stderr.write(`phasecache: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
