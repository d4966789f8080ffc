import { expect, it } from "vitest";
import type { LayerEntry } from "../../runtime/layer/index/layer-index.ts";
import type { SourceLayer } from "../../runtime/layer/restore.ts";
import { findStaleLogs } from "../../runtime/snapshot/ninja.ts";
import type { LayerRef } from "../../runtime/store/records/header.ts";

const hash = (letter: string) => `/nix/store/${letter.repeat(32)}-x-1`;
const [old, current] = [{ out: hash("a") }, { out: hash("b") }];

/** A layer of files with 1024 bytes each; those whose names begin with `*` contain the output's path. */
function makeLayer(...names: string[]): SourceLayer {
  const entries = names.map((name, i): LayerEntry => {
    const path = name.replace("*", "");
    return {
      path,
      type: "f",
      mode: 0o644,
      size: 1,
      mtime: "0",
      target: "",
      start: i * 1024,
      end: (i + 1) * 1024,
    };
  });
  const relocations = names.flatMap((name, i) =>
    name.startsWith("*") ? [{ offset: i * 1024 + 512, pattern: 0 }] : [],
  );
  const index = { frames: [], entries, metadata: [], removed: [], relocations, classes: [] };
  return { fd: -1, digest: "", index, patterns: [], replacements: [] } as unknown as SourceLayer;
}

function stale(outputs: { out: string }[], ...layers: SourceLayer[]): string[] {
  const tree = new Map(layers.flatMap(({ index }) => index.entries.map(({ path }) => [path, true] as const)));
  const refs = outputs.map((own) => ({ outputs: own }) as unknown as LayerRef);
  return findStaleLogs(
    () => tree,
    () => true,
    layers,
    refs,
    current,
  ).map(({ directory }) => directory);
}

const log = "build/b/.ninja_log";

it("a log is stale if any manifest was relocated", () => {
  expect(stale([old], makeLayer("*build/b/build.ninja", log))).toEqual(["build/b"]);
  expect(stale([old], makeLayer("*build/b/sub/rules.ninja", "build/b/build.ninja", log))).toEqual([
    "build/b",
  ]);
  expect(stale([old, old], makeLayer("*build/b/build.ninja"), makeLayer(log))).toEqual(["build/b"]);
});

it("a log is not stale if no manifest was relocated", () => {
  expect(stale([old], makeLayer("build/b/build.ninja", "*build/b/x.pc", log))).toEqual([]);
  expect(stale([current], makeLayer("*build/b/build.ninja", log))).toEqual([]);
  expect(stale([old, current], makeLayer("*build/b/build.ninja"), makeLayer(log))).toEqual([]);
});
