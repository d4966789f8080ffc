import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { planCall, saveCall } from "../../../runtime/phase/calls.ts";
import { discardBaseline } from "../../../runtime/phase/restoring/undo.ts";
import { openStore } from "../../../runtime/store/open.ts";
import { verifyStore } from "../../../runtime/store/verify.ts";
import { removeTree } from "../../../runtime/tree/remove.ts";
import { Builder } from "./builder.ts";
import { contentsOf } from "./contents.ts";
import { Log } from "./log.ts";
import { type Phase, phases, runPhase } from "./phases.ts";
import { restoredIn, sessionOf } from "./script.ts";

const hook = resolve("dist/hook.cjs");

const hashes = ["0123456789abcdfghijklmnpqrsvwxyz", "1a3b5c7d9f0g2h4i6j8k0l1m2n3p4q5r"] as const;

/** The script that a call of the hook returned, and the messages that it logged. */
export interface CallResult {
  script: string;
  messages: string;
}

/**
 * Runs builds without Nix: a process with a derivation's environment, a build directory, an output path, and a store.
 * This suite implements the phases itself; the dumps of the shell come from a real bash.
 */
export class Harness implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "phasecache-faults-")));
  readonly top = this.file("build");
  readonly store = this.file("store");
  /** A copy of the bundles, so that a test can replace the tools that it runs. */
  readonly runtime = this.file("runtime");
  /** Two builds that differ only in their output path. */
  readonly #builders: [Builder, Builder];
  /** The messages of calls in this process and in child processes. */
  readonly log: Log;
  readonly #sessions = new Set<string>();
  #current: 0 | 1 = 0;

  constructor() {
    if (!existsSync(hook)) throw new Error("dist/hook.cjs does not exist; run node esbuild.config.mjs");
    // Opening a store sets this umask. Setting it here gives all files the same modes, whenever they are created.
    process.umask(0o007);
    cpSync(resolve("dist"), this.runtime, { recursive: true });
    mkdirSync(this.file("nix"));
    this.log = new Log(this.file("log"));
    const place = { top: this.top, nix: this.file("nix"), store: this.store };
    this.#builders = [new Builder(hashes[0], place), new Builder(hashes[1], place)];
    this.newStore();
  }

  [Symbol.dispose](): void {
    for (const builder of this.#builders) builder[Symbol.dispose]();
    for (const session of this.#sessions) rmSync(session, { recursive: true, force: true });
    this.log[Symbol.dispose]();
    removeTree(Buffer.from(this.directory));
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  get out(): string {
    return this.#builders[this.#current].out;
  }

  get pid(): number {
    return this.#builders[this.#current].pid;
  }

  newStore(): void {
    removeTree(Buffer.from(this.store));
    mkdirSync(this.store);
  }

  /** Resets the directories to those before a build's first phase; `current` selects one of the two builds. */
  begin(current: 0 | 1): void {
    this.#current = current;
    // A real build starts a new builder process, which has no baseline of an earlier restore.
    discardBaseline(this.pid);
    removeTree(Buffer.from(this.top));
    removeTree(Buffer.from(this.file("nix")));
    mkdirSync(this.file("nix"));
    mkdirSync(this.top);
  }

  /** The arguments that the hook passes to `plan`. */
  get planArguments(): string[] {
    return [String(this.pid), this.top, "", "/nix/store/hook", phases.join(" "), String(this.pid)];
  }

  async plan(): Promise<CallResult> {
    const request = {
      pid: this.pid,
      buildTop: this.top,
      logFd: String(this.log.fd),
      hook: "/nix/store/hook",
      phases: [...phases],
      shell: this.pid,
      answer: 2,
      runtime: this.runtime,
    };
    const script = await planCall(request, this.dump(null));
    return this.trackSession({ script, messages: this.log.messages() });
  }

  async save(session: string, phase: Phase): Promise<CallResult> {
    const index = phases.indexOf(phase);
    const call = { failed: false, endsAtHook: false, shell: this.pid, answer: 2, listed: null };
    const how = { ...call, index, runtime: this.runtime };
    const script = await saveCall({ directory: session, ...how }, this.dump(phase));
    return { script, messages: this.log.messages() };
  }

  /**
   * Runs a complete build, whose phases run or are restored. Returns the result of `plan`, with the messages of all calls.
   */
  async build(current: 0 | 1): Promise<CallResult> {
    this.begin(current);
    const answer = await this.plan();
    const session = sessionOf(answer.script);
    let stopped = false;
    for (const phase of phases.slice(restoredIn(answer.script))) {
      runPhase(phase, this.top, this.out);
      if (session === null || stopped) continue;
      const saved = await this.save(session, phase);
      answer.messages += saved.messages;
      stopped = saved.script !== "";
    }
    return answer;
  }

  /** Records the session of a call, so that it is removed with the harness. */
  trackSession<T extends { script: string }>(answer: T): T {
    const session = sessionOf(answer.script);
    if (session !== null) this.#sessions.add(session);
    return answer;
  }

  removeSession(session: string): void {
    if (/^\/tmp\/phasecache-\w{6}$/.test(session)) rmSync(session, { recursive: true, force: true });
  }

  /** Returns the dump of the shell before the first phase (null) or after a phase. */
  dump(phase: Phase | null): Buffer {
    return this.#builders[this.#current].dump(phase);
  }

  /** Lists all entries in the roots: the build directory and the output. */
  contents(): string[] {
    return [...contentsOf(this.top), ...contentsOf(this.file("nix"))];
  }

  /** The problems that a verification of the store and its contents finds. */
  problems(): string[] {
    const store = openStore(this.store, { write: false });
    const { problems } = verifyStore(store, { readData: true, repair: false });
    return problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
  }
}
