import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pause } from "../../waiting.ts";
import type { CallResult, Harness } from "./harness.ts";
import { type Phase, phases } from "./phases.ts";
import type { InjectionPoint } from "./points.ts";
import { injecting, recording } from "./strace.ts";

const undo = resolve("hooks/undo-restore.sh");
const noProcesses = resolve("test/faults/harness/no-processes.cjs");

/** The result of a call to the bundle. */
export interface ProcessResult extends CallResult {
  /** Null when a signal ended it. */
  status: number | null;
  /** strace's log of the target. */
  log: string;
}

/** The process of a call that is traced: the runtime, or the tar that it starts in one of the roots. */
export const targets = ["node", "the build directory's tar", "the output's tar"] as const;
export type Target = (typeof targets)[number];

/** A call as the hook makes it, with an empty environment. */
export type Call = { command: "plan" } | { command: "save"; session: string; phase: Phase };

/** A kind of fault, the system call into which it is injected, and the process. */
export interface Fault extends InjectionPoint {
  target: Target;
}

/** Makes a call and injects a fault into it. */
export function callWith(harness: Harness, call: Call, { target, kind, aim }: Fault): ProcessResult {
  return traced(harness, call, target, injecting(logOf(harness), kind, aim));
}

/** Makes a call without a fault and records the system calls into which faults can be injected. */
export function recordedCall(harness: Harness, call: Call, target: Target): ProcessResult {
  return traced(harness, call, target, recording(logOf(harness)));
}

/** Makes a call without tracing it. */
export function plainCall(harness: Harness, call: Call): ProcessResult {
  return traced(harness, call, "node", null);
}

/** Rolls back an unfinished restore, as the hook does when a plan fails. */
export function rollBack({ pid }: Harness): void {
  const baseline = `/tmp/phasecache-before-${pid}`;
  if (existsSync(baseline)) execFileSync("/bin/bash", [undo, baseline, "/usr/bin:/bin"]);
}

/** The arguments that the hook passes to `save`. */
function saveArguments({ pid }: Harness, { session, phase }: { session: string; phase: Phase }): string[] {
  return [session, String(phases.indexOf(phase)), String(pid)];
}

function traced(harness: Harness, call: Call, target: Target, options: string[] | null): ProcessResult {
  rmSync(logOf(harness), { force: true });
  const strace = options === null ? [] : ["/usr/bin/strace", ...options];
  if (target !== "node") wrapTar(harness, target, strace);
  const args = call.command === "plan" ? harness.planArguments : saveArguments(harness, call);
  const program = ["--require", noProcesses, join(harness.runtime, "hook.cjs")];
  const node = [process.execPath, ...program, "3", call.command, ...args];
  // A fault in one of Node's own system calls may make it hang.
  const command = ["--signal=KILL", "10", ...(target === "node" ? strace : []), ...node];
  const input = harness.dump(call.command === "plan" ? null : call.phase);
  // A session that was started by a plan in this process refers to the log by this process's file descriptor.
  const { fd } = harness.log;
  const stdio = Array.from({ length: fd + 1 }, (_, i) => (i < 4 ? "pipe" : i === fd ? fd : "ignore"));
  const { status, stderr, output } = spawnSync("timeout", command, { env: {}, input, stdio });
  const answer = String(output?.[3] ?? "");
  const isComplete = answer.endsWith("# end\n");
  rmSync(join(harness.runtime, "tools.json"), { force: true });
  const script = answer.slice(0, isComplete ? -"# end\n".length : 0);
  return harness.trackSession({
    status: isComplete ? status : 1,
    script,
    messages: `${harness.log.messages()}${stderr}`,
    log: options === null ? "" : readLog(harness),
  });
}

/** Makes the bundle start tar through a wrapper that traces the first tar in the target's root. */
function wrapTar(harness: Harness, target: Target, strace: string[]): void {
  const [wrapper, traced] = [harness.file("tar"), harness.file("traced")];
  const root = target === "the output's tar" ? harness.file("nix") : harness.top;
  const script = [
    "#!/bin/sh",
    'case "$*" in',
    // Only the first tar: after a fault, an earlier snapshot may be restored. strace -D makes tar itself the runtime's
    // child, so that the runtime kills tar and not strace.
    `*" --directory=${root}"*) mkdir ${traced} 2>/dev/null && exec ${strace.join(" ")} -D /usr/bin/tar "$@" ;;`,
    "esac",
    'exec /usr/bin/tar "$@"',
  ];
  rmSync(traced, { recursive: true, force: true });
  writeFileSync(wrapper, script.join("\n"), { mode: 0o755 });
  chmodSync(wrapper, 0o755);
  writeFileSync(join(harness.runtime, "tools.json"), JSON.stringify({ tar: wrapper }));
}

function logOf(harness: Harness): string {
  return harness.file("strace");
}

/** Reads strace's log once it is complete: a detached strace may end after the call. */
function readLog(harness: Harness): string {
  const read = () => (existsSync(logOf(harness)) ? readFileSync(logOf(harness), "utf8") : "");
  for (let attempts = 100; attempts > 0 && !/^\+\+\+ /m.test(read()); attempts--) pause(10);
  return read();
}

/** The temporary directories that the traced process created in /tmp. */
export function madeInTmp({ log }: ProcessResult): string[] {
  return [...log.matchAll(/^mkdir\("(\/tmp\/phasecache-\w{6})"/gm)].map(([, path]) => path!);
}
