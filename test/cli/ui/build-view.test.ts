import { expect, it } from "vitest";
import type { Step } from "../../../runtime/build/steps.ts";
import { Watch } from "../../../runtime/build/watch.ts";
import { BuildView } from "../../../runtime/cli/ui/build-view.ts";
import { activities, results } from "../../../runtime/nix/log.ts";
import { makeTarget } from "../../build/target.ts";
import { shownBy } from "../rig/screen.ts";

const drvPath = "/nix/store/00000000000000000000000000000000-hello-1.0.drv";

function makeView({ columns = null as number | null, colours = false, logs = false } = {}) {
  const watch = new Watch([makeTarget(drvPath, "hello-1.0")]);
  const writes: string[] = [];
  const write = (text: string) => writes.push(text);
  const screen = { write, columns: () => columns, colours };
  const view = new BuildView(screen, watch, logs);
  return {
    watch,
    view,
    writes,
    /** Returns what was written since the last call. */
    take: () => writes.splice(0).join(""),
  };
}

const steps: Step[] = [
  { kind: "restored", build: "hello-1.0", phase: "buildPhase", saved: 2000 },
  { kind: "running", build: "hello-1.0", phase: "installPhase" },
  { kind: "log", build: "hello-1.0", text: "a\tlog\x07 line" },
  { kind: "ran", build: "hello-1.0", phase: "installPhase", took: 1200, size: "1.0 KiB", failed: false },
  { kind: "said", build: null, text: "words" },
  { kind: "nix", text: "\x1b[31;1merror:\x1b[0m bad\x1b]0;title\x07\nsecond" },
];

it("adds plain lines without a terminal", () => {
  const { view, take } = makeView();
  view.show(steps, 0);
  view.draw(1000);
  view.clear();
  expect(take()).toBe(`hello-1.0: buildPhase restored, 2.0 s saved
hello-1.0: running installPhase
hello-1.0: installPhase ran 1.2 s, saved (1.0 KiB)
phasecache: words
error: bad\\x1b]0;title\\x07
second
`);
});

it("shows the builders' output with -L", () => {
  const { view, take } = makeView({ logs: true });
  view.show([steps[2]!, { kind: "tail", build: "hello-1.0", drvPath, lines: ["a"] }], 0);
  expect(take()).toBe("hello-1.0> a    log\\x07 line\n");
});

it("shows the end of a failed build's log", () => {
  const { view, take } = makeView();
  view.show([{ kind: "tail", build: "hello-1.0", drvPath, lines: ["oops"] }], 0);
  expect(take()).toBe(`  hello-1.0> oops\n  full log: nix-store --read-log ${drvPath}\n`);
});

it("redraws live lines on a terminal, below the permanent ones", () => {
  const { view, watch, take } = makeView({ columns: 30, colours: true });
  watch.take({ action: "start", id: 7, type: activities.build, text: "", fields: [drvPath] }, 0);
  view.show(watch.take({ action: "result", id: 7, type: results.setPhase, fields: ["buildPhase"] }, 0), 0);
  expect(take()).toBe("");
  view.draw(0);
  expect(take()).toBe("\r\x1b[Jhello-1.0: buildPhase 0.0 s\r");
  view.show(
    watch.take({ action: "result", id: 7, type: results.buildLogLine, fields: ["cc -c a.c"] }, 1000),
    1000,
  );
  view.draw(1000);
  expect(take()).toBe("\r\x1b[Jhello-1.0: buildPhase 1.0 s  \r");
  view.show([steps[0]!, steps[5]!], 2000);
  expect(take()).toBe(
    "\r\x1b[Jhello-1.0: buildPhase restored, 2.0 s saved\n\x1b[31;1merror:\x1b[0m bad\\x1b]0;title\\x07\x1b[0m\nsecond\nhello-1.0: buildPhase 2.0 s  \r",
  );
  view.clear();
  expect(take()).toBe("\r\x1b[J");
  view.clear();
  expect(take()).toBe("");
});

it("leaves the right lines although a terminal discards pending output when ^C is typed", () => {
  const { view, watch, writes } = makeView({ columns: 60 });
  const start = (id: number) =>
    watch.take({ action: "start", id, type: activities.build, text: "", fields: [drvPath] }, 0);
  const stop = (id: number) => watch.take({ action: "stop", id }, 0);
  const said = (text: string): Step => ({ kind: "said", build: null, text });
  view.show([said("first")], 0);
  for (const id of [1, 2, 3]) {
    start(id);
    view.draw(id);
    view.show([said(`line ${id}`)], id);
  }
  stop(2);
  view.draw(4);
  stop(3);
  view.show([said("last")], 5);
  view.draw(6);
  view.clear();

  const lines = ["first", "line 1", "line 2", "line 3", "last"].map((text) => `phasecache: ${text}\n`);
  expect(shownBy(writes.join(""))).toBe(lines.join(""));
  expect(writes.length).toBeGreaterThan(9);
  for (const dropped of writes.keys()) {
    // The last of all comes after the build has ended.
    if (dropped === writes.length - 1) continue;
    const kept = lines.filter((line) => !writes[dropped]!.includes(line));
    expect(shownBy(writes.toSpliced(dropped, 1, "^C").join("")), String(dropped)).toBe(kept.join(""));
  }
});
