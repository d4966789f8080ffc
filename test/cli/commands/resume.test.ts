import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPin } from "../../../runtime/store/pins.ts";
import { useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, save } from "../rig/example.ts";

const run = useCommand();

it("pins a package to a phase, once or permanently, lists and clears", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  save(store, { created: 1 });
  const { id } = save(store);
  save(store, { failed: true, created: Date.now() });
  const pinned = run(["resume", "hello", "--through", "buildPhase", ...at]);
  expect(pinned).toEqual({
    status: 0,
    stdout: `hello: the next build restores the newest snapshot through buildPhase (now ${id}, 3 days ago) whatever changed\n`,
    stderr: "",
  });
  expect(readPin(store, "hello")).toMatchObject({ through: "buildPhase", sticky: false });
  run(["resume", "hello", "--through", "buildPhase", "--sticky", ...at]);
  expect(readPin(store, "hello")).toMatchObject({ through: "buildPhase", sticky: true });
  expect(run(["resume", ...at]).stdout).toBe(
    "PACKAGE  THROUGH     FOR         SINCE\nhello    buildPhase  all builds  just now\n",
  );
  expect(JSON.parse(run(["resume", "--json", ...at]).stdout)).toMatchObject({
    schema: 1,
    pins: [{ package: "hello", through: "buildPhase", sticky: true, created: expect.any(String) }],
  });
  expect(run(["resume", "hello", "--clear", ...at]).stdout).toBe("hello is no longer pinned\n");
  expect(readPin(store, "hello")).toBeNull();
  expect(run(["resume", "hello", "--clear", ...at])).toEqual({
    status: 0,
    stdout: "",
    stderr: "phasecache: hello is not pinned\n",
  });
  expect(run(["resume", "--clear", ...at]).stderr).toBe("phasecache: nothing is pinned\n");
});

it("refuses a phase without a usable snapshot, and unknown packages", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  save(store);
  save(store, { phaseIndex: 3, failed: true });
  const through = (name: string, phase: string) => run(["resume", name, "--through", phase, ...at]);
  expect(through("hello", "installPhase")).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("there are snapshots through buildPhase"),
  });
  expect(through("helo", "buildPhase")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("did you mean hello?"),
  });
  expect(readPin(store, "hello")).toBeNull();
});

it.each([
  ["a package without a phase", ["hello"]],
  ["a phase without a package", ["--through", "buildPhase"]],
  ["both orders at once", ["hello", "--through", "buildPhase", "--clear"]],
  ["--sticky with --clear", ["hello", "--sticky", "--clear"]],
])("refuses %s", (_, args) => {
  const store = makeStore();
  save(store);
  expect(run(["resume", ...args, "--store", store.root])).toMatchObject({ status: 2, stdout: "" });
});

it("reports a damaged pin, and needs a store", () => {
  const store = makeStore();
  writeFileSync(join(store.base, "pins/hello"), "{");
  expect(run(["resume", "--store", store.root])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("the pin of hello is damaged"),
  });
  expect(run(["resume", "--clear", "--store", makeFolder()]).status).toBe(10);
});
