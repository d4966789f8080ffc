import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { blobPath, recordPath } from "../../../runtime/store/layout.ts";
import { countEvent } from "../../../runtime/store/stats.ts";
import { useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, save } from "../rig/example.ts";

const run = useCommand();

it("verifies: problems are on standard error, and the status is 4", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const header = save(store);
  expect(run(["verify", "--read-data", ...at])).toEqual({
    status: 0,
    stdout: "1 snapshot, 2 blobs, 2.1 KiB: no problems\n",
    stderr: "",
  });
  writeFileSync(blobPath(store, header.layers[0]!.digest), "x".repeat(2048));
  expect(run(["verify", ...at]).status).toBe(0);
  expect(run(["verify", "--read-data", ...at])).toMatchObject({
    status: 4,
    stderr: expect.stringContaining("damaged-blob: blobs/sha256/"),
  });
  expect(readdirSync(join(store.base, "quarantine"))).toEqual([]);
  const repaired = run(["verify", "--read-data", "--repair", "--json", ...at]);
  expect(JSON.parse(repaired.stdout)).toMatchObject({ schema: 1, repair: true, snapshots: 1 });
  expect(repaired.status).toBe(4);
  expect(readdirSync(join(store.base, "quarantine"))).toHaveLength(1);
  expect(run(["verify", "--read-data", ...at]).status).toBe(0);
});

it("shows the statistics, and resets them", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  countEvent(store, { kind: "hit", milliseconds: 65_000, bytes: 1024 });
  countEvent(store, { kind: "miss", reason: "src changed\x1b" });
  const { stdout } = run(["stats", ...at]);
  expect(stdout).toMatch(/^lookups +2$/m);
  expect(stdout).toMatch(/^ {2}src changed\\x1b +1$/m);
  expect(stdout).toMatch(/^time saved +1 min 5 s$/m);
  const document = JSON.parse(run(["stats", "--zero", "--json", ...at]).stdout);
  expect(document).toMatchObject({ schema: 1, hit: { count: 1, bytes: 1024 }, maxBytes: 20 * 1024 ** 3 });
  expect(run(["stats", ...at]).stdout).toMatch(/^lookups +0$/m);
});

it("counts all blobs and records towards the size, whatever their contents", () => {
  const store = makeStore();
  const [sound, damaged] = [save(store), save(store)];
  const size = statSync(recordPath(store, sound)).size;
  writeFileSync(recordPath(store, damaged), "nonsense");
  const { stdout, stderr } = run(["stats", "--json", "--store", store.root]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout).bytes).toBe(2 * (2048 + 100) + size + "nonsense".length);
});

it("shows and changes settings", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  expect(run(["config", "maxSize", ...at]).stdout).toBe("20G\n");
  expect(run(["config", "maxSize", "1.5G", ...at])).toEqual({ status: 0, stdout: "1536M\n", stderr: "" });
  expect(run(["config", ...at]).stdout).toMatch(/^maxSize +1536M +20G$/m);
  expect(JSON.parse(run(["config", "maxAge", "--json", ...at]).stdout)).toEqual({
    schema: 1,
    settings: { maxAge: { value: 30 * 86_400_000, default: 30 * 86_400_000 } },
  });
  expect(run(["config", "maxsize", ...at])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("did you mean maxSize?"),
  });
  expect(run(["config", "maxAge", "5m", ...at]).status).toBe(2);
});

it("limits can be set before the first build, in an empty directory", () => {
  const root = join(makeFolder(), "store");
  const set = () => run(["config", "maxAge", "2w", "--store", root]);
  expect(set()).toMatchObject({ status: 10, stderr: expect.stringContaining("does not exist") });
  mkdirSync(root);
  expect(set()).toEqual({ status: 0, stdout: "2w\n", stderr: "" });
  expect(run(["gc", "--store", root]).status).toBe(0);
  rmSync(join(root, "v1"), { recursive: true });
  writeFileSync(join(root, "thesis.tex"), "");
  expect(set()).toMatchObject({ status: 1, stderr: expect.stringContaining("neither a store nor empty") });
});
