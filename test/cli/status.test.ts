import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { blobPath, recordPath, type Store } from "../../runtime/store/layout.ts";
import type { SnapshotHeader } from "../../runtime/store/records/header.ts";
import { type Outcome, useCommand } from "./rig/command.ts";
import { makeFolder, makeStore, save } from "./rig/example.ts";
import { layerOf } from "./rig/layer.ts";

const run = useCommand();

/** A user to whom file modes apply, unlike root. */
const somebody = process.getuid?.() === 0 ? { user: 65534 } : {};

/** Gives the store to that user, except one package's folder, from which nothing can be deleted. */
function holdFast(store: Store, { package: name }: SnapshotHeader): string {
  if (somebody.user !== undefined)
    spawnSync("chown", ["-R", `${somebody.user}:${somebody.user}`, store.root]);
  spawnSync("chmod", ["a+rx", run.bin()]);
  const folder = join(store.base, "snapshots", name);
  chmodSync(folder, 0o555);
  return folder;
}

/** Each documented status with a command line that produces it. */
const cases: Record<string, [number, (store: Store, header: SnapshotHeader) => Outcome]> = {
  "done: a listing": [0, ({ root }) => run(["ls", "--store", root])],
  "done: nothing to collect": [0, ({ root }) => run(["gc", "--store", root])],
  "done: a sound store": [0, ({ root }) => run(["verify", "--read-data", "--store", root])],
  "failed: no such snapshot": [1, ({ root }) => run(["show", "nothing", "--store", root])],
  "failed: no such file in a snapshot": [1, ({ root }) => run(["cat", "hello", "nothing", "--store", root])],
  "failed: a damaged layer": [
    1,
    (store, { layers }) => {
      writeFileSync(blobPath(store, layers[0]!.digest), "x".repeat(layers[0]!.size));
      return run(["extract", "hello", join(makeFolder(), "new"), "--store", store.root]);
    },
  ],
  "failed: differences, with --exit-code": [
    1,
    (store, { id }) => {
      const other = save(store, { package: "other", layers: [] });
      return run(["diff", id, other.id, "--exit-code", "--store", store.root]);
    },
  ],
  "usage: no such command": [2, ({ root }) => run(["nonsense", "--store", root])],
  "usage: no such option": [2, ({ root }) => run(["ls", "--nonsense", "--store", root])],
  "usage: an option without its value": [2, ({ root }) => run(["ls", "--store", root, "--latest"])],
  "usage: an invalid age": [2, ({ root }) => run(["gc", "--older-than", "3m", "--store", root])],
  "usage: clear without -y and without a terminal": [
    2,
    ({ root }) => run(["clear", "hello", "--store", root]),
  ],
  "partly failed: gc, when one of two snapshots cannot be deleted": [
    3,
    (store) => collect(store, ["gc", "--max-size", "0"]),
  ],
  "partly failed: clear, likewise": [3, (store) => collect(store, ["clear", "--all", "-y"])],
  "partly failed: gc, with an unreadable record": [
    3,
    (store) => {
      writeFileSync(recordPath(store, save(store, { package: "other" })), "nonsense");
      return run(["gc", "--store", store.root]);
    },
  ],
  "problems found: verify": [
    4,
    (store, header) => {
      rmSync(blobPath(store, header.layers[0]!.digest));
      return run(["verify", "--store", store.root]);
    },
  ],
  "problems found: doctor, without Nix": [
    4,
    ({ root }) => run(["doctor", "--store", root], { env: { PATH: makeFolder() } }),
  ],
  "no store: a missing directory": [10, ({ root }) => run(["ls", "--store", join(root, "nothing")])],
  "no store: another directory": [10, () => run(["gc", "--store", makeFolder()])],
};

/** Runs the command on a store with a snapshot that it can delete and one that it cannot. */
function collect(store: Store, args: string[]): Outcome {
  const held = save(store, { package: "held" });
  const folder = holdFast(store, held);
  try {
    const outcome = run([...args, "--store", store.root], somebody);
    expect(outcome.stderr).toContain(`phasecache: inaccessible: snapshots/held/${held.key}.${held.id}: `);
    expect(existsSync(recordPath(store, held))).toBe(true);
    expect(run(["ls", "hello", "--store", store.root]).status).toBe(1);
    return outcome;
  } finally {
    chmodSync(folder, 0o755);
  }
}

it.each(Object.entries(cases))("%s", async (_, [status, act]) => {
  const store = makeStore();
  const header = save(store, { layers: [await layerOf(store, "echo 1 > a")] });
  expect(act(store, header)).toMatchObject({ status });
});

it("interrupted: 130, and partial results are removed", async () => {
  const store = makeStore();
  save(store, { layers: [await layerOf(store, "head -c 1M /dev/zero > zeros")] });
  const folder = makeFolder();
  const started = join(folder, "started");
  const tar = join(folder, "tar");
  writeFileSync(tar, `#!/bin/sh\n: > ${started}\nexec sleep 600\n`, { mode: 0o755 });
  const tools = join(run.bin(), "tools.json");
  writeFileSync(tools, JSON.stringify({ tar }));
  try {
    const args = [run.path(), "extract", "hello", join(folder, "new"), "--store", store.root];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    while (!existsSync(started)) await setTimeout(20);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([130, null]);
    expect(existsSync(join(folder, "new"))).toBe(false);
  } finally {
    rmSync(tools);
  }
});

it("each documented status is tested here", () => {
  const documented = [...readFileSync("docs/cli.md", "utf8").matchAll(/^\| `(\d+)` \|/gm)].map(([, one]) =>
    Number(one),
  );
  const produced = new Set([...Object.values(cases).map(([status]) => status), 130]);
  expect([...produced].sort((a, b) => a - b)).toEqual(documented);
});
