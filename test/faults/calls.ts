import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pause } from "../waiting.ts";
import { type Phase, phases } from "./phases.ts";
import type { Stroke } from "./points.ts";
import type { LookupResult, Workshop } from "./rig.ts";
import { injecting, recording } from "./strace.ts";

const undo = resolve("hooks/undo-restore.sh");
const noProcesses = resolve("test/faults/no-processes.cjs");

/** What a call to the bundle came to. */
export interface Called extends LookupResult {
  /** Null when a signal ended it. */
  status: number | null;
  /** What strace has seen of the victim. */
  log: string;
}

/** Which process of a call is traced: the runtime's own, or the tar that it starts in one of the roots. */
export const victims = ["node", "the build directory's tar", "the output's tar"] as const;
export type Victim = (typeof victims)[number];

/** A call as the hook makes it, with an empty environment. */
export type Call = { command: "plan" } | { command: "save"; session: string; phase: Phase };

/** A fault, where it is to strike, and whom. */
export interface Blow extends Stroke {
  victim: Victim;
}

/** Makes a call with a fault in it. */
export function callWith(workshop: Workshop, call: Call, { victim, fault, aim }: Blow): Called {
  return traced(workshop, call, victim, injecting(logOf(workshop), fault, aim));
}

/** Makes a call whose log shows where a fault can strike it. */
export function recordedCall(workshop: Workshop, call: Call, victim: Victim): Called {
  return traced(workshop, call, victim, recording(logOf(workshop)));
}

/** Makes a call as it is. */
export function plainCall(workshop: Workshop, call: Call): Called {
  return traced(workshop, call, "node", null);
}

/** What the hook does when a plan came to no end. */
export function abandon({ pid }: Workshop): void {
  const note = `/tmp/phasecache-before-${pid}`;
  if (existsSync(note)) execFileSync("/bin/bash", [undo, note, "/usr/bin:/bin"]);
}

/** What the hook passes to `save` after the word. */
function saveArguments({ pid }: Workshop, { session, phase }: { session: string; phase: Phase }): string[] {
  return [session, String(phases.indexOf(phase)), String(pid)];
}

function traced(workshop: Workshop, call: Call, victim: Victim, options: string[] | null): Called {
  rmSync(logOf(workshop), { force: true });
  const strace = options === null ? [] : ["/usr/bin/strace", ...options];
  if (victim !== "node") wrapTar(workshop, victim, strace);
  const args = call.command === "plan" ? workshop.planArguments : saveArguments(workshop, call);
  const program = ["--require", noProcesses, join(workshop.runtime, "hook.cjs")];
  const node = [process.execPath, ...program, "3", call.command, ...args];
  // A fault in Node's own affairs may leave it waiting for ever.
  const command = ["--signal=KILL", "10", ...(victim === "node" ? strace : []), ...node];
  const input = workshop.dump(call.command === "plan" ? null : call.phase);
  // The session that a plan in this process began names the log by this process's number for it.
  const { fd } = workshop.log;
  const stdio = Array.from({ length: fd + 1 }, (_, i) => (i < 4 ? "pipe" : i === fd ? fd : "ignore"));
  const { status, stderr, output } = spawnSync("timeout", command, { env: {}, input, stdio });
  const answer = String(output?.[3] ?? "");
  const isWhole = answer.endsWith("# end\n");
  rmSync(join(workshop.runtime, "tools.json"), { force: true });
  const script = answer.slice(0, isWhole ? -"# end\n".length : 0);
  return workshop.know({
    status: isWhole ? status : 1,
    script,
    said: `${workshop.log.said()}${stderr}`,
    log: options === null ? "" : readLog(workshop),
  });
}

/** Has the bundle start its tars by way of a command that traces the first one in the victim's root. */
function wrapTar(workshop: Workshop, victim: Victim, strace: string[]): void {
  const [wrapper, traced] = [workshop.file("tar"), workshop.file("traced")];
  const root = victim === "the output's tar" ? workshop.file("nix") : workshop.top;
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
  writeFileSync(join(workshop.runtime, "tools.json"), JSON.stringify({ tar: wrapper }));
}

function logOf(workshop: Workshop): string {
  return workshop.file("strace");
}

/** What strace has written when its process has ended, which a detached one may do late. */
function readLog(workshop: Workshop): string {
  const read = () => (existsSync(logOf(workshop)) ? readFileSync(logOf(workshop), "utf8") : "");
  for (let left = 100; left > 0 && !/^\+\+\+ /m.test(read()); left--) pause(10);
  return read();
}

/** The temporary directories in /tmp that the traced process made. */
export function madeInTmp({ log }: Called): string[] {
  return [...log.matchAll(/^mkdir\("(\/tmp\/phasecache-\w{6})"/gm)].map(([, path]) => path!);
}
