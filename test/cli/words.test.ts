import { expect, it } from "vitest";
import { nameOf } from "../../runtime/cli/command.ts";
import { commands } from "../../runtime/cli/registry.ts";
import { useCommand } from "./rig/command.ts";
import { makeStore, save } from "./rig/example.ts";

const run = useCommand();

/** Valid values of the arguments, so that only the surplus word is wrong. */
const values: Record<string, string> = {
  key: "maxSize",
  value: "5G",
  shell: "bash",
  directory: "/nonexistent",
};

/** Commands that take any number of words. */
const many = ["build", "prove", "clear"];
const afterDashes = ["build", "prove", "shell"];

const fixed = commands.filter((command) => !many.includes(nameOf(command)));

it.each(fixed.map((command) => [nameOf(command), command] as const))(
  "%s: a surplus word is a usage error",
  (name, command) => {
    const { root } = makeStore();
    const args = Object.keys(command.arguments).map((argument) => values[argument] ?? "hello");
    expect(run([name, ...args, "surplus", "--store", root])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("Unknown argument: surplus"),
    });
  },
);

const strict = commands.filter((command) => !afterDashes.includes(nameOf(command)));

it.each(strict.map((command) => [nameOf(command), command] as const))(
  "%s: a word after -- is a usage error",
  (name, command) => {
    const { root } = makeStore();
    const args = Object.keys(command.arguments).map((argument) => values[argument] ?? "hello");
    expect(run([name, ...args, "--store", root, "--", "surplus", "-x"])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("Unknown arguments: surplus, -x"),
    });
  },
);

it("a name of only a failed snapshot is an error whose hint says how to open it", () => {
  const store = makeStore();
  save(store);
  const failed = save(store, { phaseIndex: 3, failed: true, created: Date.now() });
  const show = (name: string) => run(["show", name, "--json", "--store", store.root]);
  expect(JSON.parse(show("hello").stdout)).toMatchObject({ phase: "buildPhase", failed: false });
  expect(show("hello/installPhase")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("phasecache shell --failed hello"),
  });
  expect(JSON.parse(show(failed.id).stdout)).toMatchObject({ phase: "installPhase", failed: true });
  expect(run(["ls", "--store", store.root]).stdout).toMatch(/ installPhase \(failed\) /);
});
