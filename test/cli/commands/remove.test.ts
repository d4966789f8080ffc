import { expect, it } from "vitest";
import type { Store } from "../../../runtime/store/layout.ts";
import { setPin } from "../../../runtime/store/pins.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import { useCommand } from "../rig/command.ts";
import { day, makeFolder, makeStore, save } from "../rig/example.ts";

const run = useCommand();
const left = (store: Store) => listHeaders(store).headers.map(({ id }) => id);

it("clears the named snapshots, and without a terminal only with -y", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const [one, , other] = [save(store), save(store, { phaseIndex: 3 }), save(store, { package: "zlib" })];
  expect(run(["clear", "hello", ...at])).toMatchObject({ status: 2, stdout: "" });
  expect(run(["clear", "-y", ...at]).status).toBe(2);
  const dry = run(["clear", one.id.slice(0, 8), "--dry-run", ...at]);
  expect(dry).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/by hand {2}would be deleted\n1 snapshot, /),
  });
  expect(left(store)).toHaveLength(3);
  const cleared = JSON.parse(run(["clear", "hello/buildPhase", "-y", "--json", ...at]).stdout);
  expect(cleared).toMatchObject({ schema: 1, dryRun: false, removed: [{ id: one.id, reason: "by-hand" }] });
  expect(run(["clear", "hello", "-y", ...at]).status).toBe(0);
  expect(left(store)).toEqual([other.id]);
  expect(run(["clear", "--all", "-y", ...at]).status).toBe(0);
  expect(left(store)).toEqual([]);
});

it("does not create a store in order to clear it", () => {
  const folder = makeFolder();
  expect(run(["clear", "--all", "-y", "--store", folder]).status).toBe(10);
  expect(run(["gc", "--store", folder]).status).toBe(10);
});

it("collects by its policies, but keeps what is pinned", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const old = save(store, { created: Date.now() - 9 * day });
  const young = save(store, {}, { values: ["a", "b", "other", "d"] });
  expect(run(["gc", ...at])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^0 snapshots, 0 B freed/),
  });
  const dry = run(["gc", "--older-than", "7d", "--dry-run", ...at]).stdout;
  expect(dry).toMatch(new RegExp(`^ID.*\\n${old.id} .*over the age limit  would be deleted\\n1 snapshot, `));
  expect(left(store)).toEqual([old.id, young.id]);
  setPin(store, "hello", { through: "buildPhase", id: old.id, sticky: true, created: 0 });
  run(["gc", "--superseded", ...at]);
  expect(left(store)).toEqual([old.id, young.id]);
  setPin(store, "hello", { through: "buildPhase", id: young.id, sticky: true, created: 0 });
  const { stdout } = run(["gc", "--keep-last", "1", "--json", ...at]);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, removed: [{ id: old.id, reason: "keep-last" }] });
  expect(left(store)).toEqual([young.id]);
});

it.each([
  ["--older-than", "3m"],
  ["--max-size", "big"],
  ["--keep-last", "0"],
  ["--min-free", "-1"],
])("gc refuses %s %s", (option, value) => {
  const store = makeStore();
  expect(run(["gc", `${option}=${value}`, "--store", store.root])).toMatchObject({ status: 2, stdout: "" });
});
