import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeTree } from "../../runtime/archive/staging.ts";
import { planCall, saveCall } from "../../runtime/phase/calls.ts";
import { forgetBefore } from "../../runtime/phase/undo.ts";
import { openStore } from "../../runtime/store/open.ts";
import { verifyStore } from "../../runtime/store/verify.ts";
import { contentsOf } from "./contents.ts";
import { type Phase, runPhase } from "./phases.ts";

const hook = resolve("dist/hook.cjs");
const undo = resolve("hooks/undo-restore.sh");
const dumpState = resolve("hooks/dump-state.sh");

/** The hashes of the output path of two builds that differ in nothing else. */
export const hashes = ["0123456789abcdfghijklmnpqrsvwxyz", "zyxwvsrqpnmlkjihgfdcba9876543210"] as const;
export const phases = ["buildPhase", "installPhase"] as const;

/** What one call of the hook's answered, and what it said meanwhile. */
export interface Answer {
  script: string;
  said: string;
}

/**
 * Builds without Nix: a process that has a derivation's environment, a build directory, an output path, and a store.
 * Phases are a few lines of this suite's own; the shell's dumps come from a real bash.
 */
export class Workshop implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "phasecache-faults-")));
  readonly top = this.file("build");
  readonly store = this.file("store");
  /** A copy of the bundles, so that a test can give it other tools. */
  readonly runtime = this.file("runtime");
  readonly #builders: ChildProcess[];
  readonly #dumps = new Map<string, Buffer>();
  readonly #log: number;
  readonly #sessions = new Set<string>();
  #current: 0 | 1 = 0;
  #read = 0;

  constructor() {
    if (!existsSync(hook)) throw new Error("there is no dist/hook.cjs: run node esbuild.config.mjs");
    cpSync(resolve("dist"), this.runtime, { recursive: true });
    mkdirSync(this.file("nix"));
    this.#log = openSync(this.file("log"), "w+");
    this.#builders = hashes.map((hash) =>
      spawn("sleep", ["100000"], { env: this.#environment(hash), stdio: "ignore" }),
    );
    this.newStore();
  }

  [Symbol.dispose](): void {
    for (const { pid } of this.#builders) forgetBefore(pid!);
    for (const builder of this.#builders) builder.kill("SIGKILL");
    for (const session of this.#sessions) rmSync(session, { recursive: true, force: true });
    closeSync(this.#log);
    removeTree(Buffer.from(this.directory));
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  get out(): string {
    return this.file(`nix/${hashes[this.#current]}-demo-1.0`);
  }

  get pid(): number {
    return this.#builders[this.#current]!.pid!;
  }

  newStore(): void {
    removeTree(Buffer.from(this.store));
    mkdirSync(this.store);
  }

  /** Makes the directories as they are before a build's first phase; `current` says which of the two builds it is. */
  begin(current: 0 | 1): void {
    this.#current = current;
    // A builder of its own has no note of an earlier restore.
    forgetBefore(this.pid);
    removeTree(Buffer.from(this.top));
    removeTree(Buffer.from(this.file("nix")));
    mkdirSync(this.file("nix"));
    mkdirSync(this.top);
  }

  /** What the hook passes to `plan` after the word. */
  get planArguments(): string[] {
    return [String(this.pid), this.top, "", "/nix/store/hook", phases.join(" ")];
  }

  async plan(): Promise<Answer> {
    const request = {
      pid: this.pid,
      buildTop: this.top,
      logFd: String(this.#log),
      hook: "/nix/store/hook",
      phases: [...phases],
      runtime: this.runtime,
    };
    const script = await planCall(request, this.dump(null));
    return this.know({ script, said: this.#said() });
  }

  async save(session: string, phase: Phase): Promise<Answer> {
    const call = { directory: session, phase, failed: false, runtime: this.runtime };
    const script = await saveCall(call, this.dump(phase));
    return { script, said: this.#said() };
  }

  /** What the hook does when a plan came to no end. */
  abandon(): void {
    const note = `/tmp/phasecache-before-${this.pid}`;
    if (existsSync(note)) execFileSync("/bin/bash", [undo, note, this.top, "/usr/bin:/bin"]);
  }

  /** A whole build: its phases run or are restored. Returns what `plan` answered. */
  async build(current: 0 | 1): Promise<Answer> {
    this.begin(current);
    const answer = await this.plan();
    const session = sessionOf(answer.script);
    let stopped = false;
    for (const phase of phases.slice(restoredIn(answer.script))) {
      runPhase(phase, this.top, this.out);
      if (session === null || stopped) continue;
      const saved = await this.save(session, phase);
      answer.said += saved.said;
      stopped = saved.script !== "";
    }
    return answer;
  }

  /** Has the session of a call removed with the workshop. */
  know<T extends { script: string }>(answer: T): T {
    const session = sessionOf(answer.script);
    if (session !== null) this.#sessions.add(session);
    return answer;
  }

  forget(session: string): void {
    if (/^\/tmp\/phasecache-\w{6}$/.test(session)) rmSync(session, { recursive: true, force: true });
  }

  /** The shell's dump before the first phase (null), or as a phase leaves it. */
  dump(phase: Phase | null): Buffer {
    const name = `${phase}${this.#current}`;
    const known = this.#dumps.get(name) ?? this.#dump(phase);
    this.#dumps.set(name, known);
    return known;
  }

  #dump(phase: Phase | null): Buffer {
    const changes = phases.slice(0, phase === null ? 0 : phases.indexOf(phase) + 1).map((name) => {
      return `${name}Done="$out is\n done"; ${name}List=(a 'b c'); ${name}Function() { echo "$out"; }; cd "$NIX_BUILD_TOP"`;
    });
    const script = [`source ${dumpState}`, `cd "$NIX_BUILD_TOP"`, ...changes, "_phaseCacheDump $-"].join(
      "\n",
    );
    mkdirSync(this.top, { recursive: true });
    const env = this.#environment(hashes[this.#current]!);
    return execFileSync("/bin/bash", ["--norc", "--noprofile", "-c", script], { env });
  }

  #environment(hash: string): Record<string, string> {
    return {
      PATH: "/usr/bin:/bin",
      NIX_BUILD_TOP: this.top,
      NIX_STORE: this.file("nix"),
      name: "demo-1.0",
      system: "x86_64-linux",
      out: this.file(`nix/${hash}-demo-1.0`),
      phaseCacheDir: this.store,
    };
  }

  /** What was said since the last time that this was asked. */
  #said(): string {
    const log = readFileSync(this.file("log"), "utf8");
    const said = log.slice(this.#read);
    this.#read = log.length;
    return said;
  }

  /** Everything in the roots: the build directory and the output. */
  contents(): string[] {
    return [...contentsOf(this.top), ...contentsOf(this.file("nix"))];
  }

  /** What verifying the store, contents included, complains about. */
  problems(): string[] {
    const store = openStore(this.store, { write: false });
    const { problems } = verifyStore(store, { readData: true, repair: false });
    return problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
  }
}

/** The session's directory that a plan's script names; null when there is none. */
export function sessionOf(script: string): string | null {
  return /^_phaseCacheSession\(\) \{ builtin printf %s \$'([^']+)'; \}$/m.exec(script)?.[1] ?? null;
}

/** How many phases a plan's script says are restored. */
export function restoredIn(script: string): number {
  return Number(/^_phaseCacheLeft\(\) \{ builtin printf (\d+); \}$/m.exec(script)?.[1] ?? 0);
}

/** The part of a plan's script that applies the state. */
export function stateIn(script: string): string {
  return script.slice(0, Math.max(0, script.indexOf("_phaseCacheSession() {")));
}
