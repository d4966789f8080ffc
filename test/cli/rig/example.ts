import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Key } from "../../../runtime/key/chain.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { openStore } from "../../../runtime/store/open.ts";
import type { LayerRef, NewHeader } from "../../../runtime/store/records/header.ts";
import { newHeader, type SnapshotHeader } from "../../../runtime/store/records/header.ts";
import { writeSnapshot } from "../../../runtime/store/snapshots.ts";
import { sha256 } from "../../../runtime/util/hash.ts";
import { putBlob } from "../../store/put-blob.ts";

export const day = 24 * 3_600_000;
export const phases = ["unpackPhase", "configurePhase", "buildPhase", "installPhase"];
export const outputs = { out: "/nix/store/00000000000000000000000000000000-hello-1.0" };

/** Makes a directory with these files, and removes it after the test. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-cli-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Makes a store, and removes it after the test. */
export function makeStore(): Store {
  return openStore(makeFolder(), { write: true });
}

/** Adds a layer of `size` bytes, with an index of 100 bytes; `text` identifies it. */
export function addLayer(store: Store, text: string, size: number): LayerRef {
  const index = Buffer.from(`index of ${text}`.padEnd(100));
  const digest = putBlob(store, Buffer.from(text.padEnd(size)));
  const indexRef = { digest: putBlob(store, index), size: index.length };
  return { digest, size, plainSize: 4 * size, entries: 3, index: indexRef, outputs };
}

/** Returns the keys of a build whose attributes are `values`, one for each phase. */
function keysOf(name: string, values: readonly string[]): Key[] {
  return phases.map((_, i) => sha256(name, ...values.slice(0, i + 1)) as string as Key);
}

export const noChange = {
  variables: [],
  functions: [],
  options: [],
  umask: { before: "0022", after: "0022" },
  cwd: { before: "/build", after: "/build" },
};

/** Saves a snapshot; `values` are the inputs of its build, one for each phase. */
export function save(
  store: Store,
  fields: Partial<NewHeader> = {},
  { values = ["a", "b", "c", "d"], state = noChange as unknown } = {},
): SnapshotHeader {
  const name = fields.package ?? "hello";
  const keys = keysOf(name, values);
  const phaseIndex = fields.phaseIndex ?? 2;
  const header = newHeader({
    key: keys[phaseIndex]!,
    package: name,
    name: `${name}-1.0`,
    phase: phases[phaseIndex]!,
    phaseIndex,
    created: Date.now() - 3 * day,
    duration: 1500,
    total: 4000,
    failed: false,
    layers: fields.layers ?? [addLayer(store, `${name} ${Math.random()}`, 2048)],
    system: "x86_64-linux",
    buildTop: "/build",
    outputs,
    parent: null,
    ...fields,
  });
  const inputs = values.map((value, phase) => ({
    name: `${phases[phase]}Flags`,
    phase,
    digest: sha256(value),
    preview: value,
  }));
  const ran = [{ phase: header.phase, duration: 1500 }];
  writeSnapshot(store, { header, body: { phases, keys, inputs, state, ran } });
  return header;
}
