import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { recordHit } from "../../../runtime/store/hits.ts";
import { recordPath } from "../../../runtime/store/layout.ts";
import { useCommand } from "../rig/command.ts";
import { addLayer, day, makeFolder, makeStore, save } from "../rig/example.ts";

const run = useCommand();

it("lists the snapshots, newest last, with their unique bytes", () => {
  const store = makeStore();
  const base = addLayer(store, "base", 1024);
  const young = save(store, {
    created: Date.now() - day,
    phaseIndex: 3,
    layers: [base, addLayer(store, "top", 2048)],
  });
  const old = save(store, { layers: [base] });
  recordHit(store, old.id);
  expect(run(["ls", "--store", "/nonexistent", "--store", store.root])).toEqual(
    run(["ls", "--store", store.root]),
  );
  expect(run(["ls", "--store", store.root])).toEqual({
    status: 0,
    stderr: "",
    stdout: [
      "ID            PACKAGE  PHASE            SIZE   UNIQUE  CREATED     LAST USED  HITS",
      `${old.id}  hello    buildPhase    1.1 KiB      0 B  3 days ago  just now      1`,
      `${young.id}  hello    installPhase  3.2 KiB  2.1 KiB  1 day ago   never         0`,
      "2 snapshots, 3.2 KiB, 2.1 KiB unique",
      "",
    ].join("\n"),
  });
});

it("filters, sorts and chooses columns", () => {
  const store = makeStore();
  const large = save(store, { created: Date.now() - 4 * day, layers: [addLayer(store, "large", 9000)] });
  const small = save(store, { phaseIndex: 1 });
  const failed = save(store, { package: "zlib", phaseIndex: 3, failed: true, created: Date.now() - day });
  const ids = (...args: string[]) => {
    const { stdout } = run(["ls", ...args, "--columns", "id", "--no-headers"], {
      env: { PHASECACHE_DIR: store.root },
    });
    return stdout.split("\n").slice(0, -1);
  };
  expect(ids()).toEqual([large.id, small.id, failed.id]);
  expect(ids("--sort", "size").at(-1)).toBe(large.id);
  expect(ids("--phase", "configurePhase")).toEqual([small.id]);
  expect(ids("--latest", "1")).toEqual([failed.id]);
  expect(ids("--failed")).toEqual([failed.id]);
  expect(ids("hello")).toEqual([large.id, small.id]);
  expect(ids("hello", "--phase", "fixupPhase")).toEqual([]);
});

it("prints a document", () => {
  const store = makeStore();
  const header = save(store);
  const { stdout } = run(["ls", "--json", "--store", store.root]);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    totalBytes: 2148,
    snapshots: [
      {
        id: header.id,
        package: "hello",
        name: "hello-1.0",
        phase: "buildPhase",
        failed: false,
        bytes: 2148,
        uniqueBytes: 2148,
        created: new Date(header.created).toISOString(),
        lastUsed: null,
        hits: 0,
      },
    ],
  });
});

it("suggests names similar to an unknown package or column", () => {
  const store = makeStore();
  save(store);
  const { status, stdout, stderr } = run(["ls", "helo", "--store", store.root]);
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "phasecache: there are no snapshots of helo\n  did you mean hello?\n",
  });
  expect(run(["ls", "--columns", "id,sise", "--store", store.root])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("did you mean size?"),
  });
});

it("skips a damaged record with a warning, and escapes names", () => {
  const store = makeStore();
  const damaged = save(store);
  writeFileSync(recordPath(store, damaged), "nonsense");
  save(store, { phase: "a\x1b[31mPhase", phaseIndex: 0 }, {});
  const { status, stdout, stderr } = run(["ls", "--store", store.root]);
  expect(status).toBe(0);
  expect(stderr).toContain(`damaged-record: snapshots/hello/${damaged.key}.${damaged.id}`);
  expect(stdout).toContain("a\\x1b[31mPhase");
  expect(stdout).not.toContain("\x1b");
});

it("sets the exit status for a missing store and for wrong usage", () => {
  const nowhere = `${makeFolder()}/none`;
  expect(run(["ls", "--store", nowhere]).status).toBe(10);
  const { status, stderr, stdout } = run(["ls", "--json", "--store", nowhere]);
  expect({ status, stdout }).toEqual({ status: 10, stdout: "" });
  expect(JSON.parse(stderr)).toMatchObject({ schema: 1, error: { code: "no-store" } });
  expect(run(["ls", "--latest", "0", "--store", makeStore().root]).status).toBe(2);
  for (const args of [[], ["lss"], ["ls", "--nonsense"], ["ls", "--sort", "colour"]]) {
    expect(run(args)).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^phasecache: /),
    });
  }
});
