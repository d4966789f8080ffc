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

/** What one call of the hook's answered, and what it said meanwhile. */
export interface CallResult {
  script: string;
  said: string;
}

/**
 * Builds without Nix: a process that has a derivation's environment, a build directory, an output path, and a store.
 * Phases are a few lines of this suite's own; the shell's dumps come from a real bash.
 */
export class Harness implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "phasecache-faults-")));
  readonly top = this.file("build");
  readonly store = this.file("store");
  /** A copy of the bundles, so that a test can give it other tools. */
  readonly runtime = this.file("runtime");
  /** Two builds that differ in their output path alone. */
  readonly #builders: [Builder, Builder];
  /** What calls in this process and after it say. */
  readonly log: Log;
  readonly #sessions = new Set<string>();
  #current: 0 | 1 = 0;

  constructor() {
    if (!existsSync(hook)) throw new Error("there is no dist/hook.cjs: run node esbuild.config.mjs");
    // As opening a store sets it: what is made before that has the modes of what is made after it.
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

  /** Makes the directories as they are before a build's first phase; `current` says which of the two builds it is. */
  begin(current: 0 | 1): void {
    this.#current = current;
    // A builder of its own has no note of an earlier restore.
    discardBaseline(this.pid);
    removeTree(Buffer.from(this.top));
    removeTree(Buffer.from(this.file("nix")));
    mkdirSync(this.file("nix"));
    mkdirSync(this.top);
  }

  /** What the hook passes to `plan` after the word. */
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
    return this.know({ script, said: this.log.said() });
  }

  async save(session: string, phase: Phase): Promise<CallResult> {
    const index = phases.indexOf(phase);
    const how = { index, failed: false, shell: this.pid, answer: 2, listed: null, runtime: this.runtime };
    const script = await saveCall({ directory: session, ...how }, this.dump(phase));
    return { script, said: this.log.said() };
  }

  /** A whole build: its phases run or are restored. Returns what `plan` answered. */
  async build(current: 0 | 1): Promise<CallResult> {
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

  /** Has the session of a call removed with the harness. */
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
    return this.#builders[this.#current].dump(phase);
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
