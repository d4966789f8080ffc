import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decode, encode } from "@msgpack/msgpack";
import {
  diffStates,
  emitScript,
  mergeChange,
  parseChange,
  parseDump,
  type ShellState,
  type StatePlan,
} from "../../runtime/shell/index.ts";
import { type ByteString, fromBytes, toBytes } from "../../runtime/util/bytes.ts";

export const bash = process.env.PHASECACHE_BASH ?? "bash";
const dumpState = resolve("hooks/dump-state.sh");

export interface Shell {
  stdout: ByteString;
  stderr: ByteString;
  status: number | null;
}

export interface Steps {
  /** Code that both shells run first. */
  setup?: ByteString;
  /** Code that both shells run last. Their output is compared. */
  probe?: ByteString;
  /** Whether output on stderr is expected, such as a trace. */
  traced?: boolean;
}

/** A directory in which bash processes run. Removed on disposal. */
export class Rig {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "shell-")));
  readonly locale: string;

  constructor(locale = "C") {
    this.locale = locale;
    mkdirSync(join(this.directory, "work"));
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  /** Runs a script in a bash that has `_phaseCacheDump`. `$dir` is the rig's directory. */
  run(script: ByteString): Shell {
    const file = this.file("script");
    writeFileSync(file, toBytes(`source ${dumpState}\n${script}\n`));
    const result = spawnSync(bash, ["--norc", "--noprofile", file], {
      cwd: this.file("work"),
      env: { PATH: process.env.PATH ?? "", LC_ALL: this.locale, dir: this.directory },
    });
    return { stdout: fromBytes(result.stdout), stderr: fromBytes(result.stderr), status: result.status };
  }

  state(name: string): ShellState {
    return parseDump(readFileSync(this.file(name)));
  }

  /** Returns the state after `script`. */
  dump(script: ByteString): ShellState {
    this.run(`${script}\n_phaseCacheDump "$-" >|"$dir/dumped"`);
    return this.state("dumped");
  }

  /** Runs `phase`, and dumps the state before and after it. */
  phase(phase: ByteString, { setup = "", probe = "", traced = false }: Steps = {}) {
    const shell = this.run(
      `${setup}\n_phaseCacheDump "$-" >|"$dir/before"\n${phase}\n_phaseCacheDump "$-" >|"$dir/after"\n${probe}`,
    );
    if (shell.stderr !== "" && !traced) throw new Error(shell.stderr);
    return { before: this.state("before"), after: this.state("after"), probed: shell.stdout };
  }

  /** Evaluates an emitted script inside a function, as the hook does, and dumps the state. */
  apply(script: string, { setup = "", probe = "", traced = false }: Steps = {}) {
    writeFileSync(this.file("emitted"), script);
    const apply = `_phaseCacheApply() {
  builtin local _phaseCacheEmitted
  _phaseCacheEmitted=$(<"$dir/emitted")
  builtin eval "$_phaseCacheEmitted"
}`;
    const shell = this.run(
      `${apply}\n${setup}\n_phaseCacheApply || exit 99\n_phaseCacheDump "$-" >|"$dir/restored"\n${probe}`,
    );
    if ((shell.stderr !== "" && !traced) || shell.status === 99)
      throw new Error(`not applied: ${shell.stderr}`);
    return { restored: this.state("restored"), probed: shell.stdout };
  }

  /** Returns the plan of a change, encoded and decoded as in a store, for a shell that starts with `initial`. */
  plan(before: ShellState, after: ShellState, initial = before): StatePlan {
    const change = parseChange(decode(encode(diffStates(before, after))));
    const { result, conflicts } = mergeChange(change, initial, { relocate: (bytes) => bytes, force: false });
    if (conflicts.length > 0) throw new Error(`conflicts: ${JSON.stringify(conflicts)}`);
    return result;
  }

  /** Returns the state after `phase`, and the state of a new shell into which it was restored. */
  roundTrip(phase: ByteString, steps: Steps = {}) {
    const ran = this.phase(phase, steps);
    const script = emitScript(this.plan(ran.before, ran.after));
    const applied = this.apply(script, steps);
    return { ...ran, script, restored: applied.restored, probedAgain: applied.probed };
  }
}
