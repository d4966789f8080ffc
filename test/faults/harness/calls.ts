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

/** What a call to the bundle came to. */
export interface Called extends CallResult {
  /** Null when a signal ended it. */
  status: number | null;
  /** What strace has seen of the target. */
  log: string;
}

/** Which process of a call is traced: the runtime's own, or the tar that it starts in one of the roots. */
export const targets = ["node", "the build directory's tar", "the output's tar"] as const;
export type Target = (typeof targets)[number];

/** A call as the hook makes it, with an empty environment. */
export type Call = { command: "plan" } | { command: "save"; session: string; phase: Phase };

/** A kind of fault, the system call that it is injected into, and the process. */
export interface Fault extends InjectionPoint {
  target: Target;
}

/** Makes a call with a fault in it. */
export function callWith(harness: Harness, call: Call, { target, kind, aim }: Fault): Called {
  return traced(harness, call, target, injecting(logOf(harness), kind, aim));
}

/** Makes a call whose log shows where faults can be injected. */
export function recordedCall(harness: Harness, call: Call, target: Target): Called {
  return traced(harness, call, target, recording(logOf(harness)));
}

/** Makes a call as it is. */
export function plainCall(harness: Harness, call: Call): Called {
  return traced(harness, call, "node", null);
}

/** What the hook does when a plan came to no end. */
export function abandon({ pid }: Harness): void {
  const note = `/tmp/phasecache-before-${pid}`;
  if (existsSync(note)) execFileSync("/bin/bash", [undo, note, "/usr/bin:/bin"]);
}

/** What the hook passes to `save` after the word. */
function saveArguments({ pid }: Harness, { session, phase }: { session: string; phase: Phase }): string[] {
  return [session, String(phases.indexOf(phase)), String(pid)];
}

function traced(harness: Harness, call: Call, target: Target, options: string[] | null): Called {
  rmSync(logOf(harness), { force: true });
  const strace = options === null ? [] : ["/usr/bin/strace", ...options];
  if (target !== "node") wrapTar(harness, target, strace);
  const args = call.command === "plan" ? harness.planArguments : saveArguments(harness, call);
  const program = ["--require", noProcesses, join(harness.runtime, "hook.cjs")];
  const node = [process.execPath, ...program, "3", call.command, ...args];
  // A fault in Node's own affairs may leave it waiting for ever.
  const command = ["--signal=KILL", "10", ...(target === "node" ? strace : []), ...node];
  const input = harness.dump(call.command === "plan" ? null : call.phase);
  // The session that a plan in this process began names the log by this process's number for it.
  const { fd } = harness.log;
  const stdio = Array.from({ length: fd + 1 }, (_, i) => (i < 4 ? "pipe" : i === fd ? fd : "ignore"));
  const { status, stderr, output } = spawnSync("timeout", command, { env: {}, input, stdio });
  const answer = String(output?.[3] ?? "");
  const isWhole = answer.endsWith("# end\n");
  rmSync(join(harness.runtime, "tools.json"), { force: true });
  const script = answer.slice(0, isWhole ? -"# end\n".length : 0);
  return harness.know({
    status: isWhole ? status : 1,
    script,
    said: `${harness.log.said()}${stderr}`,
    log: options === null ? "" : readLog(harness),
  });
}

/** Has the bundle start its tars by way of a command that traces the first one in the target's root. */
function wrapTar(harness: Harness, target: Target, strace: string[]): void {
  const [wrapper, traced] = [harness.file("tar"), harness.file("traced")];
  const root = target === "the output's tar" ? harness.file("nix") : harness.top;
  const script = [
    "#!/bin/sh",
    'case "$*" in',
    // After a fault an earlier snapshot may be tried. Detached: whoever kills its child is to hit tar itself.
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

/** What strace has written when its process has ended, which a detached one may do late. */
function readLog(harness: Harness): string {
  const read = () => (existsSync(logOf(harness)) ? readFileSync(logOf(harness), "utf8") : "");
  for (let left = 100; left > 0 && !/^\+\+\+ /m.test(read()); left--) pause(10);
  return read();
}

/** The temporary directories in /tmp that the traced process made. */
export function madeInTmp({ log }: Called): string[] {
  return [...log.matchAll(/^mkdir\("(\/tmp\/phasecache-\w{6})"/gm)].map(([, path]) => path!);
}
