import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { discardBaseline } from "../../../runtime/phase/restoring/undo.ts";
import { startWaiting } from "../../waiting.ts";
import { type Phase, phases } from "./phases.ts";

const dumpState = resolve("hooks/dump-state.sh");

/** A process that has the environment of the demo package's derivation, with this hash in its output's path. */
export class Builder implements Disposable {
  readonly out: string;
  readonly #environment: Record<string, string>;
  readonly #process: ChildProcess;
  readonly #dumps = new Map<Phase | null, Buffer>();

  constructor(hash: string, { top, nix, store }: { top: string; nix: string; store: string }) {
    this.out = join(nix, `${hash}-demo-1.0`);
    this.#environment = {
      PATH: "/usr/bin:/bin",
      NIX_BUILD_TOP: top,
      NIX_STORE: nix,
      name: "demo-1.0",
      system: "x86_64-linux",
      out: this.out,
      phaseCacheDir: store,
    };
    this.#process = startWaiting(this.#environment, `${store}-ready`);
  }

  [Symbol.dispose](): void {
    discardBaseline(this.pid);
    this.#process.kill("SIGKILL");
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The shell's dump before the first phase (null), or as a phase leaves it. */
  dump(phase: Phase | null): Buffer {
    const known = this.#dumps.get(phase) ?? this.#dump(phase);
    this.#dumps.set(phase, known);
    return known;
  }

  #dump(phase: Phase | null): Buffer {
    const ran = phase === null ? [] : phases.slice(0, phases.indexOf(phase) + 1);
    const changes = ran.map(
      (name) => `${name}Done="$out is\n done"; ${name}List=(a 'b c'); ${name}Function() { echo "$out"; }`,
    );
    // The runtime sets the umask of the process that it is called in.
    const script = [
      "umask 022",
      `source ${dumpState}`,
      `cd "$NIX_BUILD_TOP"`,
      ...changes,
      "_phaseCacheDump $-",
    ].join("\n");
    mkdirSync(this.#environment.NIX_BUILD_TOP!, { recursive: true });
    const bash = ["--norc", "--noprofile", "-c", script];
    return execFileSync("/bin/bash", bash, { env: this.#environment });
  }
}
