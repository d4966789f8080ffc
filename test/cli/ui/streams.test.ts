import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { blobPath } from "../../../runtime/store/layout.ts";
import { fillStore } from "../../bench/many-snapshots.ts";
import { useCommand } from "../rig/command.ts";
import { makeStore, save } from "../rig/example.ts";

const run = useCommand();

/** Runs a line of bash with `phasecache` on PATH; a final `status` prints the exit statuses of the pipe. */
function line(text: string, store: string) {
  const env = { PATH: `${run.bin()}:${process.env.PATH}`, PHASECACHE_DIR: store };
  const script = text.replace(/status$/, `echo "statuses \${PIPESTATUS[*]}"`);
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8", env });
  return { stdout, stderr };
}

it("ends quietly when the reader closes the pipe", () => {
  const { root } = makeStore();
  fillStore(root, 2000);
  for (const command of ["ls", "ls --json", "gc --dry-run --max-size 0"])
    expect(line(`phasecache ${command} | head -c 9 >/dev/null; status`, root)).toEqual({
      stdout: "statuses 0 0\n",
      stderr: "",
    });
});

it("does its work and keeps its status when nobody reads its output", () => {
  const store = makeStore();
  rmSync(blobPath(store, save(store).layers[0]!.digest));
  // The pipe is closed before the command starts.
  const unread = (redirection: string) =>
    line(`{ sleep 0.2; phasecache verify ${redirection}; } | true; status`, store.root);
  for (const redirection of ["", "2>&1", "2>&1 >/dev/null"])
    expect(unread(redirection)).toMatchObject({ stdout: "statuses 4 0\n" });
  expect(line("phasecache ls -v 2>&- | tail -1; status", store.root).stdout).toMatch(
    /^1 snap.*\nstatuses 0 0\n$/,
  );
});

it.skipIf(!existsSync("/dev/full"))("reports that its output could not be written (needs /dev/full)", () => {
  const { root } = makeStore();
  expect(line("phasecache ls >/dev/full; status", root)).toEqual({
    stdout: "statuses 1\n",
    stderr: expect.stringMatching(/^phasecache: cannot write to standard output: ENOSPC.*\n$/),
  });
});

it("reports an invalid value in one line", () => {
  const { root } = makeStore();
  const { status, stderr } = run(["ls", "--sort", "colour", "--store", root]);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(
      /^phasecache: Invalid values: Argument: sort, Given: "colour".*\n {2}see .*\n$/,
    ),
  });
});
