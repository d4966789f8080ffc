import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Key, VariableUse } from "../../runtime/key/chain.ts";
import type { Split } from "../../runtime/key/code/split.ts";
import type { Outputs } from "../../runtime/key/derivation/outputs.ts";
import type { LateInput } from "../../runtime/key/late-inputs.ts";
import { encodeIndex } from "../../runtime/layer/index/codec.ts";
import type { LayerIndex } from "../../runtime/layer/index/layer-index.ts";
import { formatHeader, writeChecksum } from "../../runtime/layer/tar/header.ts";
import { lookUp } from "../../runtime/phase/lookup/lookup.ts";
import type { LookupRequest, LookupResult } from "../../runtime/phase/lookup/request.ts";
import type { Messages } from "../../runtime/phase/messages.ts";
import { diffStates, type ShellState } from "../../runtime/shell/index.ts";
import { stageInitial } from "../../runtime/snapshot/initial-state.ts";
import { closeLayers } from "../../runtime/snapshot/layers.ts";
import { addBlob } from "../../runtime/store/blobs.ts";
import { blobPath, recordPath, type Store } from "../../runtime/store/layout.ts";
import type { BlobRef, LayerRef, SnapshotHeader } from "../../runtime/store/records/header.ts";
import { newHeader } from "../../runtime/store/records/header.ts";
import type { FileRead } from "../../runtime/store/records/record.ts";
import { writeSnapshot } from "../../runtime/store/snapshots.ts";
import { compressFrame } from "../../runtime/util/encoding/zstd.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { table } from "../key/example.ts";
import { makeFolder, outputs, phases } from "../store/example.ts";
import { putBlob } from "../store/put-blob.ts";

/** A shell with these exported variables and these functions, by name. */
export function shell(
  variables: Readonly<Record<string, string>> = {},
  functions: Readonly<Record<string, string>> = {},
): ShellState {
  const text = (value: string) => ({ attributes: "x", value: { kind: "string" as const, text: value } });
  const body = (lines: string) => ({ attributes: "", text: lines });
  return {
    variables: new Map(Object.entries(variables).map(([name, value]) => [name, text(value)])),
    functions: new Map(Object.entries(functions).map(([name, lines]) => [name, body(lines)])),
    options: new Map(),
    umask: "0022",
    cwd: "/build",
  };
}

/** The keys of a build, and what they are made of: one value for each phase. */
export function keysOf(values: Iterable<string>, names: readonly string[] = phases) {
  let key = "";
  const keys = [...values].map((value, i) => {
    key = sha256(key, names[i]!, value);
    return key as Key;
  });
  // A key can also change because the name of the phase in it does: such values differ only in case.
  const inputs = [...values].map((value, phase) => ({
    name: `${names[phase]}Flags`,
    phase,
    digest: sha256(value.toLowerCase()),
    preview: value,
  }));
  return { keys, otherKeys: keys.map(() => null), inputs };
}

/** A layer with these empty files, and the directories that they are in. */
export function layerOf(store: Store, files: readonly string[], more: Partial<LayerIndex> = {}): LayerRef {
  const directories = new Set(files.map(dirname).filter((path) => path !== "build"));
  const entries = [...directories, ...files].map((path, i) => {
    const type = directories.has(path) ? ("d" as const) : ("f" as const);
    const place = { start: 512 * i, end: 512 * (i + 1) };
    return { path, type, mode: type === "d" ? 0o755 : 0o644, size: 0, mtime: "0", target: "", ...place };
  });
  const headers = entries.map(({ path, type, mode }) => {
    const block = formatHeader({
      name: path,
      type: type === "d" ? "5" : "0",
      mode,
      link: "",
      size: 0,
      mtime: 0,
    });
    writeChecksum(block);
    return block;
  });
  const stream = Buffer.concat([...headers, Buffer.alloc(1024)]);
  const blob = compressFrame(stream, 1);
  const index = encodeIndex({
    frames: [{ packed: blob.length, plain: stream.length }],
    entries,
    metadata: [],
    removed: [],
    relocations: [],
    classes: [],
    ...more,
  });
  return {
    digest: putBlob(store, blob),
    size: blob.length,
    plainSize: stream.length,
    entries: entries.length,
    index: { digest: putBlob(store, index), size: index.length },
    outputs,
  };
}

/** A build that saved snapshots; fields that are not given are the same in all builds. */
export interface SavedBuild {
  /** One for each phase; a text is one of a letter each. */
  values?: Iterable<string>;
  phases?: readonly string[];
  /** The phases that were saved. */
  only?: readonly string[];
  /** The phase that failed, which ended the build. */
  failed?: string;
  /** The initial state; null for a version of phasecache that did not save it. */
  initial?: ShellState | null;
  /** The exported variables that each phase set. */
  sets?: Readonly<Record<string, Record<string, string>>>;
  /** What its files read; undefined for a version of phasecache that did not search them. */
  reads?: FileRead[] | undefined;
  /** The layers of phases; by default one file each. */
  layers?: Readonly<Record<string, LayerRef>>;
  outputs?: Outputs;
  name?: string;
  /** The phases that ended with the call of a hook that was not set. */
  endAtHook?: readonly string[];
}

let clock = Date.UTC(2024, 0, 1);

/** Saves the snapshots of a build: by phase their headers. Each is younger than all that were saved before. */
export function saveBuild(store: Store, build: SavedBuild = {}): Record<string, SnapshotHeader> {
  const { values = "abcd", initial = shell(), sets = {}, name = "hello-1.0" } = build;
  const names = build.phases ?? phases;
  const { only = names, failed, layers: given = {} } = build;
  const reads = "reads" in build ? build.reads : [];
  const { keys, inputs } = keysOf(values, names);
  const ref = initial === null ? {} : { initial: saveInitial(store, initial) };
  const headers: Record<string, SnapshotHeader> = {};
  const layers: LayerRef[] = [];
  let set: Record<string, string> = {};
  for (const [phaseIndex, phase] of names.entries()) {
    layers.push(given[phase] ?? layerOf(store, [`build/${name}/${phase}`]));
    set = { ...set, ...sets[phase] };
    if (!only.includes(phase)) continue;
    clock += 10_000;
    const header = newHeader({
      key: keys[phaseIndex]!,
      package: "hello",
      name,
      phase,
      phaseIndex,
      created: clock,
      duration: 1000,
      total: 1000 * (phaseIndex + 1),
      failed: phase === failed,
      layers: [...layers],
      system: "x86_64-linux",
      buildTop: "/build",
      outputs: build.outputs ?? outputs,
      parent: Object.values(headers).at(-1)?.id ?? null,
      ...ref,
    });
    const before = initial ?? shell();
    const after = { ...before, variables: new Map([...before.variables, ...shell(set).variables]) };
    const ran = names.slice(0, phaseIndex + 1).map((one) => ({ phase: one, duration: 1000 }));
    const body = { phases: [...names], keys, inputs, state: diffStates(before, after), ran };
    if (build.endAtHook?.includes(phase)) Object.assign(body, { endsAtHook: true });
    const own = reads?.filter((read) => read.phase <= phaseIndex);
    writeSnapshot(store, { header, body: own === undefined ? body : { ...body, reads: own } });
    utimesSync(recordPath(store, header), clock / 1000, clock / 1000);
    headers[phase] = header;
    if (header.failed) break;
  }
  return headers;
}

function saveInitial(store: Store, state: ShellState): BlobRef {
  const { path, digest, size } = stageInitial(store, state, makeFolder());
  addBlob(store, path, digest);
  return { digest, size };
}

/** Ways to damage a snapshot. */
export const damage = {
  removeLayer: (store: Store, { layers }: SnapshotHeader) => rmSync(blobPath(store, layers.at(-1)!.digest)),
  cutLayer: (store: Store, { layers }: SnapshotHeader) =>
    writeFileSync(blobPath(store, layers.at(-1)!.digest), "short"),
  /** These keep the size of the blob, which is all that a lookup compares without reading it. */
  changeLayer: (store: Store, { layers }: SnapshotHeader) => flip(blobPath(store, layers.at(-1)!.digest), -1),
  changeIndex: (store: Store, { layers }: SnapshotHeader) =>
    writeFileSync(blobPath(store, layers.at(-1)!.index.digest), Buffer.alloc(layers.at(-1)!.index.size)),
  changeInitial: (store: Store, { initial }: SnapshotHeader) =>
    writeFileSync(blobPath(store, initial!.digest), Buffer.alloc(initial!.size)),
  changeHeader: (store: Store, header: SnapshotHeader) => flip(recordPath(store, header), 40),
  changeBody: (store: Store, header: SnapshotHeader) => flip(recordPath(store, header), -40),
};

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = bytes[place]! ^ 1;
  writeFileSync(path, bytes);
}

/** A build that begins; defaults as in `SavedBuild`. */
export interface NewBuild {
  values?: Iterable<string>;
  phases?: readonly string[];
  initial?: ShellState;
  outputs?: Outputs;
  uses?: VariableUse[];
  late?: LateInput[];
  ignored?: string[];
  saved?: readonly string[];
  /** By phase, the value with which its key would be its other key. */
  others?: Readonly<Record<string, string>>;
  splits?: readonly Split[];
  rejected?: Iterable<string>;
  buildTop?: string;
}

export function requestOf(store: Store, build: NewBuild = {}): LookupRequest {
  const { values = "abcd", phases: names = phases, initial = shell(), uses = [], saved = names } = build;
  const rules = {
    phases: names,
    splits: build.splits ?? [],
    uses,
    late: build.late ?? [],
    ignored: build.ignored ?? [],
    table,
  };
  return {
    store,
    package: "hello",
    phases: names,
    saved,
    ...keysOf(values, names),
    otherKeys: names.map((name) => otherKeyOf(build, name)),
    outputs: build.outputs ?? outputs,
    initial,
    uses,
    start: {
      ...rules,
      disabled: [],
      storeDir: "/nix/store",
      ownPaths: [],
      buildTop: build.buildTop ?? "/build",
    },
    initials: new Map(),
    rejected: new Set(build.rejected),
  };
}

function otherKeyOf(build: NewBuild, phase: string): Key | null {
  const { values = "abcd", phases: names = phases, others = {} } = build;
  const value = others[phase];
  if (value === undefined) return null;
  const index = names.indexOf(phase);
  return keysOf(Object.assign([...values], { [index]: value }), names).keys[index]!;
}

/** Looks up, and closes the layers of a hit. */
export function lookUpIn(store: Store, build: NewBuild = {}): LookupResult {
  const result = lookUp(requestOf(store, build));
  closeLayers(result.hit?.layers ?? []);
  return result;
}

/** A lookup's result in a few words: `buildPhase; changed at installPhase; 1 problem`. */
export function inWords({ hit, miss, problems }: LookupResult): string {
  const { phase = "nothing", name = "" } = hit?.record.header ?? {};
  const found = name === "" || name === "hello-1.0" ? phase : `${phase} of ${name}`;
  const at = /\w+Phase\b(?:\+\w+)?/.exec(miss?.text ?? "")?.[0];
  return [
    found,
    ...(miss === null ? [] : [at === undefined ? miss.reason : `${miss.reason} at ${at}`]),
    ...(problems.length === 0 ? [] : [`${problems.length} problems`]),
  ].join("; ");
}

/** Messages that are collected in two lists. */
export function listenTo(): Messages & { informed: string[]; warned: string[] } {
  const [informed, warned]: [string[], string[]] = [[], []];
  return { informed, warned, inform: (text) => informed.push(text), warn: (text) => warned.push(text) };
}
