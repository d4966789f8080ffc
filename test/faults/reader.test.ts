import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fullChange, parseDump } from "../../runtime/shell/index.ts";
import { readInitial } from "../../runtime/snapshot/initial-state.ts";
import { openStore } from "../../runtime/store/open.ts";
import { listHeaders } from "../../runtime/store/records/list.ts";
import { readSnapshot } from "../../runtime/store/snapshots.ts";
import { contentsOf } from "./harness/contents.ts";
import { Harness } from "./harness/harness.ts";
import { phases } from "./harness/phases.ts";

const reader = join(import.meta.dirname, "reader.py");

it.each(phases)("a reader in another language finds what was saved after %s", async (phase) => {
  using harness = new Harness();
  await harness.build(0);
  const files = harness.contents();
  const dump = harness.dump(null);
  const directory = harness.file("read");
  mkdirSync(directory);
  const read = JSON.parse(
    execFileSync("python3", [reader, harness.store, "demo", phase, directory], { encoding: "utf8" }),
  );

  const store = openStore(harness.store, { write: false });
  const header = listHeaders(store).headers.find((one) => one.phase === phase)!;
  const { body } = readSnapshot(store, header);
  const { id, name, layers, key, outputs } = read.header;
  expect({ id, name, key }).toEqual({ id: header.id, name: "demo-1.0", key: header.key });
  expect(outputs[0]).toEqual(Object.entries(header.outputs));
  expect(layers.map(([digest]: string[]) => digest)).toEqual(header.layers.map(({ digest }) => digest));
  expect(read.body).toEqual(body);
  expect(read.initial.state).toEqual(fullChange(parseDump(dump)));
  expect(readInitial(store, header)?.files).toEqual(read.initial.files);

  if (phase !== phases.at(-1)) return;
  // Where a build has them.
  const out = join(harness.file("out"), "0123456789abcdfghijklmnpqrsvwxyz-demo-1.0");
  mkdirSync(harness.file("out"));
  renameSync(join(directory, "outputs/out"), out);
  expect([...contentsOf(join(directory, "build")), ...contentsOf(harness.file("out"))]).toEqual(files);
});
