import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fullChange, parseDump } from "../../runtime/shell/index.ts";
import { readInitial } from "../../runtime/snapshot/initial-state.ts";
import { openStore } from "../../runtime/store/open.ts";
import { listHeaders } from "../../runtime/store/records/list.ts";
import { readSnapshot } from "../../runtime/store/snapshots.ts";
import { contentsOf } from "./contents.ts";
import { phases } from "./phases.ts";
import { Workshop } from "./rig.ts";

const reader = join(import.meta.dirname, "reader.py");

it.each(phases)("a reader in another language finds what was saved after %s", async (phase) => {
  using workshop = new Workshop();
  await workshop.build(0);
  const files = workshop.contents();
  const dump = workshop.dump(null);
  const directory = workshop.file("read");
  mkdirSync(directory);
  const read = JSON.parse(
    execFileSync("python3", [reader, workshop.store, "demo", phase, directory], { encoding: "utf8" }),
  );

  const store = openStore(workshop.store, { write: false });
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
  const out = join(workshop.file("out"), "0123456789abcdfghijklmnpqrsvwxyz-demo-1.0");
  mkdirSync(workshop.file("out"));
  renameSync(join(directory, "outputs/out"), out);
  expect([...contentsOf(join(directory, "build")), ...contentsOf(workshop.file("out"))]).toEqual(files);
});
