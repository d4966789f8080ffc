import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { blobPath, type Store } from "../../../runtime/store/layout.ts";
import { fillStore } from "../../bench/many-snapshots.ts";
import { putBlob } from "../../store/put-blob.ts";
import { hasProgram, useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, save } from "../rig/example.ts";
import { layerOf } from "../rig/layer.ts";
import { onTerminal } from "../rig/terminal.ts";

const run = useCommand();
const bar = (label: string) =>
  new RegExp(`\\r\\x1b\\[K${label}  \\[=* *\\] {2,}\\d+ %  \\S+ \\w+ of [^\\r]*`);
/** Characters of a drawn bar. */
const traces = /\x1b\[K|\[=/;
const erased = /\r\x1b\[K$/;

/** Makes a snapshot of 16 MiB, and a tar that waits before it reads. */
async function makeLarge(): Promise<Store> {
  const store = makeStore();
  save(store, { layers: [await layerOf(store, "head -c 16M /dev/zero > zeros")] });
  const tar = join(run.bin(), "slow-tar");
  writeFileSync(tar, '#!/bin/sh\nsleep 1\nexec tar "$@"\n', { mode: 0o755 });
  writeFileSync(join(run.bin(), "tools.json"), JSON.stringify({ tar }));
  return store;
}

/** Makes a sparse blob of a gigabyte. */
function makeSparse(): Store {
  const store = makeStore();
  truncateSync(blobPath(store, putBlob(store, Buffer.from("sparse"))), 2 ** 30);
  return store;
}

/** Makes a store in which finding candidates takes longer than the delay of a bar. */
function makeMany(): Store {
  const store = makeStore();
  fillStore(store.root, 10_000);
  return store;
}

const extracting = "extracting [0-9a-f]{12}";
const cases = [
  {
    name: "extract",
    args: () => ["extract", "hello", join(makeFolder(), "new")],
    label: extracting,
    make: makeLarge,
  },
  {
    name: "shell",
    args: () => ["shell", "hello", "-c", "cat zeros | wc -c"],
    label: extracting,
    make: makeLarge,
  },
  { name: "verify", args: () => ["verify", "--read-data"], label: "reading", make: makeSparse },
  { name: "gc", args: () => ["gc", "--max-size", "0"], label: "deleting", make: makeMany },
];

it.skipIf(!hasProgram("script")).each(cases)(
  "$name: a bar on standard error if that is a terminal, and nowhere else (needs script)",
  async ({ args, label, make }) => {
    const store = await make();
    const line = () => [...args(), "--store", store.root];
    const [folder, env] = [makeFolder(), { TMPDIR: makeFolder() }];
    const file = (name: string) => join(folder, name);
    // Only the first run deletes anything.
    if (label !== "deleting") {
      const errors = onTerminal(run, line(), env, `2>${file("errors")}`);
      expect(errors.shown).not.toMatch(traces);
      expect(readFileSync(file("errors"), "utf8")).not.toMatch(traces);
      expect(onTerminal(run, [...line(), "-q"], env).shown).not.toMatch(traces);
    }
    const { shown } = onTerminal(run, line(), env, `>${file("output")}`);
    expect(shown).toMatch(bar(label));
    expect(shown.replace(/phasecache: .*\n/g, "")).toMatch(erased);
    expect(readFileSync(file("output"), "utf8").match(/\x1b\[K|\r|^$/)).toBeNull();
  },
  60_000,
);
