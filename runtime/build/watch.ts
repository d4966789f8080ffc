import { basename } from "node:path";
import { activities, type LogEvent, results, withoutColours } from "../nix/log.ts";
import type { Target } from "./evaluate.ts";
import { type HookLine, parseHookLine } from "./hook-line.ts";
import { type Count, endPhase, type Progress, type Step } from "./steps.ts";

/** The end of a builder's log. */
interface Log {
  name: string;
  lines: string[];
}

/** The number of lines that Nix itself shows of a failed build. */
const tailLength = 10;

/** Follows a build through the events of Nix's log. Times are milliseconds since any fixed moment. */
export class Watch {
  /** Milliseconds saved, by the target's name. */
  readonly saved = new Map<string, number>();
  /** The number of snapshots made. */
  snapshots = 0;
  readonly #names: ReadonlyMap<string, string>;
  readonly #running = new Map<number, Progress>();
  readonly #counts = new Map<number, { type: number; count: Count }>();
  readonly #logs = new Map<string, Log>();
  #begun = 0;

  constructor(targets: readonly Target[]) {
    this.#names = new Map(targets.map(({ drvPath, name }) => [drvPath, name]));
  }

  /** The derivations that are being built. */
  get running(): Progress[] {
    return [...this.#running.values()];
  }

  /** The number of targets that Nix has started to build. */
  get begun(): number {
    return this.#begun;
  }

  /** Counts builds, or paths copied from other stores. */
  count(kind: "builds" | "copyPaths"): Count {
    const all = [...this.#counts.values()].filter(({ type }) => type === activities[kind]);
    const sum = (field: keyof Count) => all.reduce((total, { count }) => total + count[field], 0);
    return { done: sum("done"), expected: sum("expected") };
  }

  /** Processes the next event. */
  take(event: LogEvent, now: number): Step[] {
    switch (event.action) {
      case "msg": {
        const said = parseHookLine(withoutColours(event.msg));
        if (said !== null) return this.#hookSaid(said, null, now);
        return [{ kind: "nix", text: event.msg }, ...(event.level === 0 ? this.#tails(event.msg) : [])];
      }
      case "start":
        return this.#start(event.id, event.type, String(event.fields[0]), now);
      case "stop":
        return this.#stop(event.id, now);
      case "result":
        return this.#result(event.id, event.type, event.fields, now);
    }
  }

  #start(id: number, type: number, drvPath: string, now: number): Step[] {
    this.#counts.set(id, { type, count: { done: 0, expected: 0 } });
    if (type !== activities.build) return [];
    const isTarget = this.#names.has(drvPath);
    const name = this.#names.get(drvPath) ?? basename(drvPath, ".drv").slice(33);
    if (isTarget) this.#begun++;
    const log = { name, lines: [] };
    this.#logs.set(drvPath, log);
    this.#running.set(id, { name, isTarget, phase: null, ended: null, since: now, log: log.lines });
    return isTarget ? [] : [{ kind: "begun", build: name }];
  }

  /** Returns the log ends of the builds that a message names; Nix leaves showing them to the reader of its log. */
  #tails(message: string): Step[] {
    return [...this.#logs]
      .filter(([drvPath, { lines }]) => lines.length > 0 && message.includes(drvPath))
      .map(([drvPath, { name, lines }]) => {
        this.#logs.delete(drvPath);
        return { kind: "tail", build: name, drvPath, lines };
      });
  }

  #stop(id: number, now: number): Step[] {
    const progress = this.#running.get(id);
    this.#running.delete(id);
    return progress === undefined ? [] : endPhase(progress, now);
  }

  #result(id: number, type: number, fields: readonly unknown[], now: number): Step[] {
    const progress = this.#running.get(id);
    const count = this.#counts.get(id);
    if (type === results.progress && count !== undefined)
      count.count = { done: Number(fields[0]), expected: Number(fields[1]) };
    if (progress === undefined) return [];
    if (type === results.setPhase) {
      const ended = endPhase(progress, now);
      Object.assign(progress, { phase: String(fields[0]), ended: null, since: now });
      const phase = String(fields[0]);
      return progress.isTarget ? [...ended, { kind: "running", build: progress.name, phase }] : [];
    }
    if (type !== results.buildLogLine) return [];
    const text = String(fields[0]);
    const said = parseHookLine(text);
    if (said?.kind === "restored-phase") return this.#hookSaid(said, progress, now);
    progress.log.push(text);
    if (progress.log.length > tailLength) progress.log.shift();
    return [{ kind: "log", build: progress.name, text }];
  }

  /** The hook's messages do not name their build; `from` is known if the line is in a build's log. */
  #hookSaid(said: HookLine, from: Progress | null, now: number): Step[] {
    switch (said.kind) {
      case "restored":
        this.saved.set(said.name, (this.saved.get(said.name) ?? 0) + said.saved);
        return [{ kind: "said", build: said.name, text: said.text.replace(`${said.name} `, "") }];
      case "restored-phase":
        return [{ kind: "restored", build: from?.name ?? "", phase: said.phase, saved: said.saved }];
      case "saved": {
        // A hook before or after the phase is saved as a part: buildPhase+postBuild.
        const [name = "", hook = ""] = said.phase.split("+");
        const progress = this.running.find(({ phase, ended }) => (phase ?? ended) === name);
        if (progress === undefined) return [{ kind: "said", build: null, text: said.text }];
        if (!said.failed) this.snapshots++;
        const steps = endPhase({ ...progress, phase: said.phase }, now - said.took, said);
        Object.assign(progress, { phase: hook.startsWith("pre") ? name : null, ended: name, since: now });
        return steps;
      }
      case "words":
        return [
          { kind: "said", build: this.running.length === 1 ? this.running[0]!.name : null, text: said.text },
        ];
    }
  }
}
