import { expect, it } from "vitest";
import { day, makeStore, save } from "./example.ts";
import { useCommand } from "./rig.ts";

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

it("says when nothing differs", () => {
  const store = makeStore();
  const [a, b] = [save(store), save(store)];
  const { status, stdout } = run(["why", a.id, b.id, "--store", store.root]);
  expect({ status, verdict: stdout.split("\n")[0] }).toEqual({
    status: 0,
    verdict: "nothing that decides a key differs",
  });
});
