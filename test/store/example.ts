import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Key } from "../../runtime/key/chain.ts";
import type { Store } from "../../runtime/store/layout.ts";
import { openStore } from "../../runtime/store/open.ts";
import type { LayerRef, NewHeader, SnapshotHeader } from "../../runtime/store/records/header.ts";
import { newHeader } from "../../runtime/store/records/header.ts";
import type { SnapshotRecord } from "../../runtime/store/records/record.ts";
import { writeSnapshot } from "../../runtime/store/snapshots.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { putBlob } from "./put-blob.ts";

export const hour = 3_600_000;
export const day = 24 * hour;

/** Creates an empty directory, which is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a store, which is removed after the test. */
export function makeStore(): Store {
  return openStore(makeFolder(), { write: true });
}

export function keyOf(text: string): Key {
  return sha256(text) as string as Key;
}

export const outputs = { out: "/nix/store/00000000000000000000000000000000-hello-1.0" };

/** Adds a layer of `size` bytes, which depend on `text`. */
export function addLayer(store: Store, text: string, size = 100): LayerRef {
  const layer = putBlob(store, Buffer.from(text.padEnd(size, ".")));
  const index = Buffer.from(`index of ${text}`);
  return {
    digest: layer,
    size: Math.max(size, text.length),
    plainSize: 4 * size,
    entries: 3,
    index: { digest: putBlob(store, index), size: index.length },
    outputs,
  };
}

export const phases = ["unpackPhase", "configurePhase", "buildPhase", "installPhase"];

/** Creates a record, by default without layers. */
export function makeRecord(fields: Partial<NewHeader> = {}): SnapshotRecord {
  const phaseIndex = fields.phaseIndex ?? 2;
  const phase = fields.phase ?? phases[phaseIndex]!;
  const key = fields.key ?? keyOf(`${phase} of hello`);
  const header = newHeader({
    key,
    package: "hello",
    name: "hello-1.0",
    phase,
    phaseIndex,
    created: Date.now(),
    duration: 1500,
    total: 4000,
    failed: false,
    layers: [],
    system: "x86_64-linux",
    buildTop: "/build",
    outputs,
    parent: null,
    ...fields,
  });
  const listed = phases.with(phaseIndex, phase);
  return {
    header,
    body: {
      phases: listed,
      keys: listed.map((name) => (name === phase ? key : keyOf(name))),
      inputs: [{ name: "src", phase: 0, digest: sha256("src"), preview: "/nix/store/src" }],
      state: { variables: { greeting: "h\xe9llo\n\x00" } },
      ran: [{ phase, duration: 1500 }],
      reads: [],
    },
  };
}

/** Saves a snapshot, by default with one new layer. */
export function save(store: Store, fields: Partial<NewHeader> = {}, size = 100): SnapshotHeader {
  const own = fields.layers ?? [addLayer(store, `layer ${Math.random()}`, size)];
  const record = makeRecord({ ...fields, layers: own });
  writeSnapshot(store, record);
  return record.header;
}

/** Lists all files in the store's blobs folder. */
export function blobNames(store: Store): string[] {
  return readdirSync(join(store.base, "blobs/sha256"), { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(store.base, "blobs/sha256", name)).isFile())
    .map((name) => name.slice(3))
    .sort();
}

/** Lists the names in quarantine, without their random parts. */
export function quarantined(store: Store): string[] {
  return readdirSync(join(store.base, "quarantine")).map((name) => name.slice(0, name.lastIndexOf("-")));
}
