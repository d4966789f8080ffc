import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Harness } from "./harness.ts";
import { soundRestores } from "./levels.ts";
import { type Thing, thingsIn } from "./things.ts";

/** A store with a snapshot of each phase, and what its restores leave. */
export async function makeSample(harness: Harness) {
  const levels = await soundRestores(harness);
  const things = thingsIn(harness);
  cpSync(harness.store, harness.file("sound"), { recursive: true });
  const heal = ({ path, bytes }: Thing) => {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, bytes);
    for (const name of quarantined(harness)) {
      rmSync(harness.file(`store/v1/quarantine/${name}`), { recursive: true });
    }
  };
  const renew = () => {
    rmSync(harness.store, { recursive: true });
    cpSync(harness.file("sound"), harness.store, { recursive: true });
  };
  return { levels, things, heal, renew };
}

export function quarantined(harness: Harness): string[] {
  return readdirSync(harness.file("store/v1/quarantine"));
}

export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << (at % 8);
  return copy;
}

/** Ways to damage a thing, and what they are called. */
export function damages({ path, bytes, kind }: Thing, things: Thing[]): [string, () => void][] {
  const cuts = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, i) => i * 512);
  const others = things.filter((other) => other.kind === kind && other.path !== path);
  return [
    ...cuts.map((at): [string, () => void] => [
      `cut off at ${at}`,
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
