import { join } from "node:path";
import { project } from "../sandbox/rig/project.ts";
import type { Command } from "./processes.ts";

/** Runs the phasecache command as a user does, without a terminal. */
export function phasecache(...args: string[]): Command {
  return { command: process.execPath, args: [join(project, "dist/phasecache.mjs"), ...args] };
}
