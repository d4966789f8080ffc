import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { discardBaseline } from "../../runtime/phase/restoring/undo.ts";
import { project } from "../sandbox/rig/project.ts";
import { startWaiting } from "../waiting.ts";
import { type Command, type RunResult, run } from "./processes.ts";

const dist = join(project, "dist");
const hash = "0123456789abcdfghijklmnpqrsvwxyz";

type Runner = (command: Command) => RunResult;

/**
 * Makes a call as the hook does: `$1` is watch.sh, `$2` the function that the plan defined, the rest the call's arguments.
 */
const calling = 'source "$1"; eval "$2"; shift 2; _phaseCacheWatch "$@" >&3';

/**
 * A build without Nix: a process with a derivation's environment, and the calls that phaseCacheHook makes. Each call starts
 * bash and the runtime, as in a real build. Only the sandbox and the phases are missing.
 */
export class HookBuild implements Disposable {
  /** The build directory. */
  readonly top: string;
  /** The phasecache store. */
  readonly store: string;
  readonly #builder: ChildProcess;
  readonly #dump: string;
  readonly #answer: string;
  readonly #phases: readonly string[];
  #session = "";
  /** The definition of the shell function that lists the files, as returned by the plan. */
  #listing = "";

  /** The output's path. When it differs from the one in the snapshot, a restore relocates files. */
  readonly out: string;

  /**
   * @param folder for all files of the build
   * @param digits the 32 characters of the output's hash
   */
  constructor(folder: string, phases: readonly string[] = ["unpackPhase", "buildPhase"], digits = hash) {
    this.top = join(folder, "build");
    this.out = join(folder, "outputs", `${digits}-bench-1.0`);
    this.store = join(folder, "store");
    this.#dump = join(folder, "dump");
    this.#answer = join(folder, "answer");
    this.#phases = phases;
    mkdirSync(this.top, { recursive: true });
    mkdirSync(this.store, { recursive: true });
    const env = {
      ...{ name: "bench-1.0", pname: "bench", version: "1.0", system: "bench", outputs: "out" },
      ...{ out: this.out, NIX_STORE: join(folder, "outputs") },
      ...{ NIX_BUILD_TOP: this.top, phaseCacheDir: this.store, PATH: "/usr/bin:/bin" },
    };
    this.#builder = startWaiting(env, join(folder, "ready"));
    const code = 'cd "$1"; source "$2"; _phaseCacheDump "$-"';
    const args = ["-c", code, "bench", this.top, join(dist, "dump-state.sh")];
    writeFileSync(this.#dump, run({ command: "bash", args, env }).stdout);
  }

  /** Makes the call before the first phase, with no snapshot to restore. Returns seconds. */
  begin(via: Runner = run): number {
    return this.#plan(via, 0);
  }

  /**
   * Makes the call before the first phase, with a snapshot to restore. Returns seconds. @throws Error when none is restored
   */
  restore(via: Runner = run): number {
    return this.#plan(via, 1);
  }

  /** Makes the call after a phase. Returns seconds. @throws Error when nothing was saved */
  save(phase: string, via: Runner = run): number {
    const [index, shell] = [String(this.#phases.indexOf(phase)), String(this.#builder.pid)];
    const { seconds } = this.#call(via, "save", this.#session, index, shell);
    if (/Stop/.test(this.#readAnswer())) throw new Error(`${phase} was not saved`);
    return seconds;
  }

  #plan(via: Runner, least: number): number {
    this.#end();
    const phases = this.#phases.join(" ");
    const shell = String(this.#builder.pid);
    const { seconds, stderr } = this.#call(via, "plan", shell, this.top, "", "/hook", phases, shell);
    const answer = this.#readAnswer();
    this.#listing = /^_phaseCacheListRoots\(\) .*/m.exec(answer)?.[0] ?? "";
    this.#session = /printf %s \$'(\/tmp\/phasecache-[^']+)'/.exec(answer)?.[1] ?? "";
    const restored = answer.match(/restored:\d+/g)?.length ?? 0;
    if (this.#session === "" || this.#listing === "" || restored < least)
      throw new Error(`the plan failed: ${stderr}\n${answer.slice(0, 500)}`);
    return seconds;
  }

  #call(via: Runner, ...call: string[]): RunResult {
    const command = [process.execPath, join(dist, "hook.cjs"), ...call];
    const args = ["--norc", "-c", calling, "bench", join(dist, "watch.sh"), this.#listing, ...command];
    return via({ command: "/bin/bash", args, input: this.#dump, answer: this.#answer, env: {} });
  }

  #readAnswer(): string {
    return readFileSync(this.#answer, "latin1");
  }

  #end(): void {
    this.#listing = "";
    if (this.#session !== "") rmSync(this.#session, { recursive: true, force: true });
    discardBaseline(this.#builder.pid!);
  }

  [Symbol.dispose](): void {
    this.#end();
    this.#builder.kill();
  }
}
