import type { Key } from "../../runtime/key/chain.ts";
import { openStore } from "../../runtime/store/open.ts";
import type { LayerRef } from "../../runtime/store/records/header.ts";
import { newHeader } from "../../runtime/store/records/header.ts";
import { writeSnapshot } from "../../runtime/store/snapshots.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { putBlob } from "../store/put-blob.ts";

const phases = ["unpackPhase", "patchPhase", "configurePhase", "buildPhase", "installPhase", "fixupPhase"];

/**
 * Fills a store with `count` snapshots of builds with six phases, about `each` per package. Each phase's snapshot has one
 * more layer than the one before.
 */
export function fillStore(directory: string, count: number, each = 60): void {
  const store = openStore(directory, { write: true });
  for (let made = 0; made < count; ) {
    const build = Math.floor(made / phases.length);
    const name = `package-${Math.floor(made / each)}`;
    const outputs = { out: `/nix/store/${sha256(String(build)).slice(0, 32)}-${name}-1.0` };
    const digest = putBlob(store, Buffer.from(`build ${build}`));
    const blob = { digest, size: `build ${build}`.length };
    const layer = { ...blob, plainSize: 10_240, entries: 1, index: blob, outputs };
    const keys = phases.map((phase) => sha256(name, String(build), phase) as string as Key);
    let parent: string | null = null;
    for (const [phaseIndex, phase] of phases.slice(0, count - made).entries()) {
      const header = newHeader({
        ...{ key: keys[phaseIndex]!, package: name, name: `${name}-1.0` },
        ...{
          phase,
          phaseIndex,
          created: Date.now() - count + made,
          duration: 1000,
          total: 1000 * phaseIndex,
        },
        ...{ failed: false, layers: Array.from({ length: phaseIndex + 1 }, () => layer), parent },
        ...{ system: "x86_64-linux", buildTop: "/build", outputs },
      });
      writeSnapshot(store, { header, body: { phases, keys, inputs: [], state: {}, ran: [] } });
      parent = header.id;
      made++;
    }
  }
}

/** Fills a store with the snapshots of some builds of package `bench`. No build has their keys. */
export function fillPackage(directory: string, builds: number, phases: readonly string[]): void {
  const store = openStore(directory, { write: true });
  const name = "bench";
  for (let build = 0; build < builds; build++) {
    const outputs = { out: `/nix/store/${sha256(String(build)).slice(0, 32)}-${name}-1.0` };
    const keys = phases.map((phase) => sha256(name, String(build), phase) as string as Key);
    const layers: LayerRef[] = [];
    let parent: string | null = null;
    for (const [phaseIndex, phase] of phases.entries()) {
      const contents = `build ${build} ${phaseIndex}`;
      const blob = { digest: putBlob(store, Buffer.from(contents)), size: contents.length };
      layers.push({ ...blob, plainSize: 10_240, entries: 1, index: blob, outputs });
      const header = newHeader({
        ...{ key: keys[phaseIndex]!, package: name, name: `${name}-1.0`, phase, phaseIndex },
        ...{
          created: Date.now() - 1e6 + 1000 * build + phaseIndex,
          duration: 1000,
          total: 1000 * phaseIndex,
        },
        ...{ failed: false, layers: [...layers], parent, system: "bench", buildTop: "/build", outputs },
      });
      writeSnapshot(store, { header, body: { phases: [...phases], keys, inputs: [], state: {}, ran: [] } });
      parent = header.id;
    }
  }
}
