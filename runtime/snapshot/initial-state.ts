import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { applyChange, emptyState, fullChange, parseChange, type ShellState } from "../shell/index.ts";
import { readBlob, type StagedBlob, stageBlob } from "../store/blobs.ts";
import type { Store } from "../store/layout.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import { list, matching, object } from "../util/encoding/fields.ts";
import { unpack } from "../util/encoding/msgpack.ts";
import { compressFrame, decompressFrame } from "../util/encoding/zstd.ts";
import { PhaseCacheError } from "../util/error.ts";

/** The state before a build's first phase, besides its inputs: enough to restore a snapshot's state outside of a build. */
export interface Initial {
  state: ShellState;
  /** Files that Nix made from the derivation in the build directory: no layer has them. */
  files: DerivationFile[];
}

export interface DerivationFile {
  name: string;
  contents: Uint8Array;
}

/** Limit in bytes before compression. */
const largest = 64 << 20;
const mostItems = 2_000_000;
const mostFiles = 1000;

/** `.attrs.json` and `.attrs.sh` with structuredAttrs, `.attr-…` with passAsFile. */
const fileName = /^\.attr(?:s\.json|s\.sh|-[A-Za-z0-9+._-]{1,200})$/;

/**
 * Stages the blob of a build's initial state: one zstd frame of MessagePack, a map of `state` (as a change of the empty
 * state) and `files` (maps of `name` and `contents`).
 */
export function stageInitial(store: Store, state: ShellState, buildTop: string): StagedBlob {
  const names = readdirSync(buildTop).filter((name) => fileName.test(name));
  const files = names.map((name) => ({ name, contents: readFileSync(join(buildTop, name)) }));
  const plain = encode({ state: fullChange(state), files });
  if (plain.length > largest)
    throw new PhaseCacheError("unsupported", "the shell's state before the first phase is too large");
  return stageBlob(store, compressFrame(plain, 3));
}

/**
 * Reads a snapshot's initial state; null if it was saved by an older version of phasecache, without one.
 * @throws PhaseCacheError `damaged` or `refused`
 */
export function readInitial(store: Store, { initial }: SnapshotHeader): Initial | null {
  if (initial === null) return null;
  const packed = readBlob(store, initial.digest, initial.size);
  const map = object(
    unpack(decompressFrame(packed, largest), "the initial state", mostItems),
    "the initial state",
  );
  return {
    state: applyChange(emptyState, parseChange(map.state)),
    files: list(map.files, "files", mostFiles).map((value) => {
      const { name, contents } = object(value, "a file");
      return {
        name: matching(
          name,
          "a file's name",
          (name): name is string => typeof name === "string" && fileName.test(name),
        ),
        contents: matching(contents, "a file's contents", (bytes) => bytes instanceof Uint8Array),
      };
    }),
  };
}
