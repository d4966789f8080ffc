import { expect, it } from "vitest";
import { Watch } from "../../runtime/build/watch.ts";
import { activities, type LogEvent, results } from "../../runtime/nix/log.ts";
import { makeTarget } from "./target.ts";

const drvPath = "/nix/store/00000000000000000000000000000000-hello-1.0.drv";
const other = "/nix/store/11111111111111111111111111111111-cc.drv";
const start = (id: number, path: string): LogEvent => ({
  action: "start",
  id,
  type: activities.build,
  text: "",
  fields: [path, "", 1, 1],
});
const result = (id: number, type: number, ...fields: unknown[]): LogEvent => ({
  action: "result",
  id,
  type,
  fields,
});
const phase = (id: number, name: string) => result(id, results.setPhase, name);
const line = (id: number, text: string) => result(id, results.buildLogLine, text);
const message = (text: string, level = 1): LogEvent => ({ action: "msg", level, msg: text });

/** Returns the steps of events that are one second apart. */
function follow(events: LogEvent[]) {
  const watch = new Watch([makeTarget(drvPath, "hello-1.0")]);
  return { watch, steps: events.flatMap((event, at) => watch.take(event, at * 1000)) };
}

it("follows a target from its restored to its saved phases", () => {
  const { watch, steps } = follow([
    start(7, drvPath),
    message("\x1b[35;1mphasecache: restored hello-1.0 through buildPhase in 0.1 s, 2 min 5 s saved\x1b[0m"),
    line(7, "phasecache: buildPhase restored, 2 min 5 s saved"),
    phase(7, "installPhase"),
    line(7, "installing"),
    message("phasecache: saved installPhase: 94.5 KiB in 0.5 s"),
    phase(7, "fixupPhase"),
    { action: "stop", id: 7 },
  ]);
  const build = "hello-1.0";
  expect(steps).toEqual([
    { kind: "said", build, text: "restored through buildPhase in 0.1 s, 2 min 5 s saved" },
    { kind: "restored", build, phase: "buildPhase", saved: 125_000 },
    { kind: "running", build, phase: "installPhase" },
    { kind: "log", build, text: "installing" },
    { kind: "ran", build, phase: "installPhase", took: 1500, size: "94.5 KiB", failed: false },
    { kind: "running", build, phase: "fixupPhase" },
    { kind: "ran", build, phase: "fixupPhase", took: 1000, size: null, failed: false },
  ]);
  expect(watch.saved).toEqual(new Map([["hello-1.0", 125_000]]));
  expect([watch.begun, watch.snapshots, watch.running]).toEqual([1, 1, []]);
});

it("follows the parts of a phase, which share its announcement", () => {
  const { watch, steps } = follow([
    start(7, drvPath),
    phase(7, "checkPhase"),
    message("phasecache: saved checkPhase+preCheck: 1.0 KiB in 0.5 s"),
    message("phasecache: saved checkPhase: 2.0 KiB in 0.5 s"),
    line(7, "after the tests"),
    message("phasecache: saved checkPhase+postCheck: 3.0 KiB in 0.5 s"),
    phase(7, "installPhase"),
    message("phasecache: saved the failed installPhase+postInstall: 4.0 KiB in 0.5 s"),
    { action: "stop", id: 7 },
  ]);
  const ran = steps.filter((step) => step.kind === "ran");
  expect(ran.map(({ phase: name, took, size, failed }) => [name, took, size, failed])).toEqual([
    ["checkPhase+preCheck", 500, "1.0 KiB", false],
    ["checkPhase", 500, "2.0 KiB", false],
    ["checkPhase+postCheck", 1500, "3.0 KiB", false],
    ["installPhase+postInstall", 500, "4.0 KiB", true],
  ]);
  expect(steps.filter(({ kind }) => kind === "said")).toEqual([]);
  expect(watch.snapshots).toBe(3);
});

it("reports a failed phase, and the end of the log after Nix's message", () => {
  const lines = Array.from({ length: 12 }, (_, at) => `line ${at}`);
  const { watch, steps } = follow([
    start(7, drvPath),
    phase(7, "buildPhase"),
    ...lines.map((text) => line(7, text)),
    message("phasecache: saved the failed buildPhase: 1.0 MiB in 0.1 s"),
    { action: "stop", id: 7 },
    message(`error: builder for '${drvPath}' failed`, 0),
    message(`error: 1 dependency of '${drvPath}' failed`, 0),
  ]);
  expect(steps.filter(({ kind }) => kind !== "log").slice(1)).toEqual([
    { kind: "ran", build: "hello-1.0", phase: "buildPhase", took: 12_900, size: "1.0 MiB", failed: true },
    { kind: "nix", text: `error: builder for '${drvPath}' failed` },
    { kind: "tail", build: "hello-1.0", drvPath, lines: lines.slice(2) },
    { kind: "nix", text: `error: 1 dependency of '${drvPath}' failed` },
  ]);
  expect(watch.snapshots).toBe(0);
});

it("reports of a dependency only that it is built", () => {
  const { watch, steps } = follow([start(6, other), phase(6, "buildPhase"), start(7, drvPath)]);
  expect(steps).toEqual([{ kind: "begun", build: "cc" }]);
  expect(watch.running.map(({ name, phase }) => [name, phase])).toEqual([
    ["cc", "buildPhase"],
    ["hello-1.0", null],
  ]);
  expect(watch.begun).toBe(1);
});

it("counts what Nix builds and copies", () => {
  const progress = (id: number, type: number): LogEvent => ({
    action: "start",
    id,
    type,
    text: "",
    fields: [],
  });
  const { watch } = follow([
    progress(1, activities.builds),
    progress(2, activities.copyPaths),
    result(1, results.progress, 1, 3, 1, 0),
    result(2, results.progress, 4, 10, 0, 0),
    result(2, results.progress, 5, 10, 0, 0),
  ]);
  expect(watch.count("builds")).toEqual({ done: 1, expected: 3 });
  expect(watch.count("copyPaths")).toEqual({ done: 5, expected: 10 });
});

it("passes on Nix's messages, and does not mistake printed lines for the hook's", () => {
  const { steps, watch } = follow([
    start(7, drvPath),
    message("warning: words", 1),
    line(7, "phasecache: restored x-1 through buildPhase in 0.1 s, 5 s saved"),
    message("phasecache: miss at buildPhase: src changed"),
  ]);
  expect(steps).toEqual([
    { kind: "nix", text: "warning: words" },
    {
      kind: "log",
      build: "hello-1.0",
      text: "phasecache: restored x-1 through buildPhase in 0.1 s, 5 s saved",
    },
    { kind: "said", build: "hello-1.0", text: "miss at buildPhase: src changed" },
  ]);
  expect(watch.saved.size).toBe(0);
});
