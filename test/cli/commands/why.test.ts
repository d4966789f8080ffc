import { expect, it } from "vitest";
import { useCommand } from "../rig/command.ts";
import { day, makeStore, save } from "../rig/example.ts";

const run = useCommand();

it("compares the last build with the one before it", () => {
  const store = makeStore();
  const old = save(store, { phaseIndex: 3 });
  save(store, { created: Date.now() - day }, { values: ["a", "--old", "c", "d"] });
  const now = save(store, { created: Date.now() }, { values: ["a", "--new", "c", "d"] });
  const { status, stdout } = run(["why", "hello", "--store", store.root]);
  expect(status).toBe(0);
  expect(stdout).toContain("miss at configurePhase\n");
  expect(stdout).toContain("  configurePhase: configurePhaseFlags changed: --old -> --new\n");
  const document = JSON.parse(run(["why", old.id, now.id, "--json", "--store", store.root]).stdout);
  expect(document).toMatchObject({ schema: 1, before: old.id, after: now.id, phase: "configurePhase" });
  expect(document.differences).toHaveLength(1);
  const named = run(["why", "hello", "--phase", "installPhase", "--store", store.root]);
  expect(named).toMatchObject({ status: 1, stderr: expect.stringContaining("no earlier build") });
});

it("explains misses from failed builds", () => {
  const store = makeStore();
  // Both ran the same phases through buildPhase; the second one failed in installPhase.
  const done = save(store, { phaseIndex: 3 });
  const failed = save(
    store,
    { phaseIndex: 3, failed: true, created: Date.now() },
    { values: ["a", "b", "c", "--edited"] },
  );
  const why = (...args: string[]) => run(["why", ...args, "--store", store.root]);
  const text = why("hello").stdout;
  expect(text).toContain("miss at installPhase\n");
  expect(text).toContain(`to   ${failed.id} (hello/installPhase, failed, just now)\n`);
  expect(text).toContain("installPhaseFlags changed: d -> --edited");
  // Now only earlier phases are left of the first build.
  run(["clear", done.id, "-y", "--store", store.root]);
  expect(why("hello")).toMatchObject({ status: 1, stderr: expect.stringContaining("no earlier build") });
  save(store, { phaseIndex: 2 });
  expect(why("hello").stdout).toContain("installPhaseFlags changed: d -> --edited");
});

it("says when no input differs", () => {
  const store = makeStore();
  const [a, b] = [save(store), save(store)];
  const { status, stdout } = run(["why", a.id, b.id, "--store", store.root]);
  expect({ status, verdict: stdout.split("\n")[0] }).toEqual({
    status: 0,
    verdict: "no input differs",
  });
});
