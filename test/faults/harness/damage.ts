import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Harness } from "./harness.ts";
import { referenceRestores } from "./levels.ts";
import { type StoreFile, storeFilesIn } from "./store-files.ts";

/**
 * Creates a store with a snapshot of each phase. Returns the results of its restores and functions that repair the store.
 */
export async function makeSample(harness: Harness) {
  const levels = await referenceRestores(harness);
  const files = storeFilesIn(harness);
  cpSync(harness.store, harness.file("sound"), { recursive: true });
  const repair = ({ path, bytes }: StoreFile) => {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, bytes);
    for (const name of quarantined(harness)) {
      rmSync(harness.file(`store/v1/quarantine/${name}`), { recursive: true });
    }
  };
  const resetStore = () => {
    rmSync(harness.store, { recursive: true });
    cpSync(harness.file("sound"), harness.store, { recursive: true });
  };
  return { levels, files, repair, resetStore };
}

export function quarantined(harness: Harness): string[] {
  return readdirSync(harness.file("store/v1/quarantine"));
}

export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << (at % 8);
  return copy;
}

/** The ways to damage a file of a store, with their names. */
export function damages({ path, bytes, kind }: StoreFile, files: StoreFile[]): [string, () => void][] {
  const cuts = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, i) => i * 512);
  const others = files.filter((other) => other.kind === kind && other.path !== path);
  return [
    ...cuts.map((at): [string, () => void] => [
      `truncated at ${at}`,
      () => writeFileSync(path, bytes.subarray(0, at)),
    ]),
    ["something added", () => writeFileSync(path, Buffer.concat([bytes, Buffer.from("x")]))],
    ...others.map((other): [string, () => void] => [
      `swapped with ${basename(other.path)}`,
      () => writeFileSync(path, readFileSync(other.path)),
    ]),
    [
      "a directory",
      () => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ];
}
