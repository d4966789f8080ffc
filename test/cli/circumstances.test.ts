import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { recordPath, type Store } from "../../runtime/store/layout.ts";
import { newHeader } from "../../runtime/store/records/header.ts";
import { encodeRecord } from "../../runtime/store/records/record.ts";
import { readSnapshot } from "../../runtime/store/snapshots.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { makeProgram, startProgram } from "../store/process.ts";
import { makeBuild } from "./rig/builds.ts";
import { useCommand } from "./rig/command.ts";
import { day, makeFolder, makeStore, outputs, save } from "./rig/example.ts";

const run = useCommand();

/** Makes a store with two snapshots and their layers, and lists commands that only read. */
async function makeExample() {
  const store = makeStore();
  const build = makeBuild(store, outputs);
  const first = await build.run("echo 1 > a");
  const before = save(store, { phaseIndex: 1, layers: first, created: Date.now() - 2 * day });
  const after = save(store, { layers: await build.run("echo 2 > b") }, { values: ["a", "x"] });
  const reading = [
    ["ls"],
    ["ls", "hello"],
    ["show", "hello/buildPhase"],
    ["why", "hello"],
    ["diff", before.id, after.id],
    ["cat", after.id, "b"],
    ["stats"],
    ["config"],
    ["resume"],
    ["gc", "--dry-run"],
    ["clear", after.id, "--dry-run"],
  ];
  return { store, before, after, reading };
}

/** Adds records without their blobs, so that reading a file list fails. */
function addRecords(store: Store, count: number): void {
  const { body, header } = readSnapshot(store, save(store, { package: "pattern" }));
  for (let i = 0; i < count; i++) {
    const [digest, index] = [sha256(`layer ${i}`), { digest: sha256(`index ${i}`), size: 100 }];
    const layers = [{ digest, size: 1000, plainSize: 4000, entries: 10, index, outputs }];
    const one = newHeader({
      ...header,
      layers,
      package: `package${i % 300}`,
      created: Date.now() - day - i,
    } as never);
    const path = recordPath(store, one);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, encodeRecord({ header: one, body }));
  }
}

it("works on ten thousand snapshots, and reads no unneeded file list", async () => {
  const { store, reading } = await makeExample();
  addRecords(store, 10_000);
  for (const line of reading) {
    const { status, stderr, stdout } = run([...line, "--store", store.root]);
    expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
    if (line.length === 1 && line[0] === "ls") expect(stdout).toContain("\n10003 snapshots, ");
  }
}, 300_000);

it("works on a store while a build writes to it and gc runs", async () => {
  const { store, reading } = await makeExample();
  const busy = makeProgram(`
    import { existsSync } from "node:fs";
    import { openStore } from "#store/open";
    import { putBlob } from "#test/put-blob";
    import { removeSnapshots } from "#store/gc/collect";
    import { newHeader } from "#store/records/header";
    import { writeSnapshot } from "#store/snapshots";
    const [, , root, text, stop] = process.argv;
    const { header, body } = JSON.parse(text);
    const store = openStore(root, { write: true });
    for (let i = 0; !existsSync(stop); i++) {
      const bytes = Buffer.from("blob " + i);
      const ref = { digest: putBlob(store, bytes), size: bytes.length };
      const layers = [{ ...ref, plainSize: 1, entries: 1, index: ref, outputs: header.outputs }];
      const one = newHeader({ ...header, package: "busy", created: Date.now(), layers });
      writeSnapshot(store, { header: one, body });
      if (i % 3 > 0) removeSnapshots(store, new Set([one.id]));
    }`);
  const stop = join(makeFolder(), "stop");
  const record = readSnapshot(store, save(store, { package: "pattern" }));
  const ended = startProgram(busy, [store.root, JSON.stringify(record), stop]);
  try {
    for (const line of [...reading, ["verify"], ["verify", "--read-data"], ...reading]) {
      const { status, stderr } = run([...line, "--store", store.root]);
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
    }
  } finally {
    writeFileSync(stop, "");
  }
  expect(await ended).toEqual({ status: 0, errors: "" });
});

it.skipIf(process.getuid?.() !== 0)("works for a user who can only read the store (needs root)", async () => {
  const { store, after, reading } = await makeExample();
  spawnSync("chmod", ["-R", "a+rX", store.root, run.bin()]);
  const files = () => readdirSync(store.root, { recursive: true, encoding: "utf8" }).sort();
  const [names, records] = [files(), readFileSync(recordPath(store, after))];
  for (const line of [...reading, ["verify", "--read-data"]]) {
    const { status, stderr } = run([...line, "--store", store.root], { user: 65534 });
    expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
  }
  const writing = [
    ["gc"],
    ["clear", "hello", "-y"],
    ["verify", "--repair"],
    ["stats", "--zero"],
    ["config", "maxSize", "1G"],
    ["resume", "hello", "--through", "buildPhase"],
  ];
  for (const line of writing) {
    const { status, stderr, stdout } = run([...line, "--store", store.root], { user: 65534 });
    expect({ line, status, stdout }).toEqual({ line, status: 1, stdout: "" });
    expect(stderr).toMatch(/can't be written to\n {2}its group is \d+ and its mode \d+; this is user 65534/);
  }
  expect([files(), readFileSync(recordPath(store, after))]).toEqual([names, records]);
});

it("prints the same ASCII to a pipe whatever the width, language and colours of the terminal", async () => {
  const { store, reading } = await makeExample();
  for (const line of reading) {
    const print = (env: Record<string, string>) => run([...line, "--store", store.root], { env }).stdout;
    const plain = print({});
    expect(print({ COLUMNS: "20", LANG: "de_DE.UTF-8", TERM: "xterm-256color", CLICOLOR: "1" })).toBe(plain);
    expect(plain).toMatch(/^[\n\x20-\x7e]*$/);
  }
});
