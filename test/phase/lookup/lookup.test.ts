import { expect, it } from "vitest";
import type { Key } from "../../../runtime/key/chain.ts";
import { readTable } from "../../../runtime/key/table.ts";
import { lookUp } from "../../../runtime/phase/lookup/lookup.ts";
import type { ShellState } from "../../../runtime/shell/index.ts";
import { stageInitial } from "../../../runtime/snapshot/initial-state.ts";
import { addBlob } from "../../../runtime/store/blobs.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { newHeader } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import { writeSnapshot } from "../../../runtime/store/snapshots.ts";
import { sha256 } from "../../../runtime/util/hash.ts";
import { makeFolder, makeStore, outputs, phases } from "../../store/example.ts";

const noChange = {
  variables: [],
  functions: [],
  options: [],
  umask: { before: "0022", after: "0022" },
  cwd: { before: "/build", after: "/build" },
};

/** The inputs and keys of a build with one attribute per phase, whose values are `values`. */
function describe(values: readonly string[]) {
  const keys = phases.map((_, i) => sha256(...values.slice(0, i + 1)) as string as Key);
  const inputs = values.map((value, phase) => ({
    name: `${phases[phase]}Flags`,
    phase,
    digest: sha256(value),
    preview: value,
  }));
  return { keys, inputs };
}

const initialState = (): ShellState => ({
  variables: new Map(),
  functions: new Map(),
  options: new Map(),
  umask: "0022",
  cwd: "/build",
});

/** Saves the initial state, which is the same in all builds. */
function saveInitial(store: Store) {
  const initial = stageInitial(store, initialState(), makeFolder());
  addBlob(store, initial.path, initial.digest);
  return { digest: initial.digest, size: initial.size };
}

let clock = 0;

/** Saves the phases of a build from `from` to `to`, on top of snapshot `parent`; returns the last id. */
function build(
  store: Store,
  values: readonly string[],
  from = 0,
  parent: string | null = null,
  to = phases.length,
): string {
  const { keys, inputs } = describe(values);
  const initial = saveInitial(store);
  let last = parent;
  for (const [phaseIndex, phase] of phases.entries()) {
    if (phaseIndex < from || phaseIndex >= to) continue;
    const header = newHeader({
      key: keys[phaseIndex]!,
      package: "hello",
      name: "hello-1.0",
      phase,
      phaseIndex,
      created: ++clock,
      duration: 1,
      total: 1,
      failed: false,
      layers: [],
      system: "x86_64-linux",
      buildTop: "/build",
      outputs,
      initial,
      parent: last,
    });
    writeSnapshot(store, { header, body: { phases, keys, inputs, state: noChange, ran: [], reads: [] } });
    last = header.id;
  }
  return last!;
}

function parentOf(store: Store, id: string): string | null {
  return listHeaders(store).headers.find((header) => header.id === id)!.parent;
}

function missOf(store: Store, values: readonly string[], saved: readonly string[] = phases) {
  const start = {
    phases,
    uses: [],
    late: [],
    ignored: [],
    table: readTable("hooks/phase-variables.json"),
    storeDir: "/nix/store",
    ownPaths: [],
    buildTop: "/build",
  };
  const build = { store, package: "hello", phases, saved, outputs, initial: initialState(), uses: [], start };
  const request = { ...build, rejected: new Set<string>(), initials: new Map() };
  const { hit, miss } = lookUp({ ...request, ...describe(values) });
  return { through: hit === null ? null : phases[hit.index], miss: miss?.text };
}

it("explains the difference from the restored build, however many builds came later", () => {
  const store = makeStore();
  build(store, ["a", "b", "c", "d"]);
  for (let i = 0; i < 20; i++) build(store, [`experiment ${i}`, "b", "c", "d"]);
  expect(missOf(store, ["a", "b", "c", "e"])).toEqual({
    through: "buildPhase",
    miss: "miss at installPhase: installPhaseFlags changed: d → e",
  });
});

it("compares with the newest build that agrees, even if it saved only the phases after the restored ones", () => {
  const store = makeStore();
  const first = build(store, ["a", "b", "c", "d"]);
  build(store, ["a", "b", "c", "later"], 3, parentOf(store, first));
  for (let i = 0; i < 20; i++) build(store, [`experiment ${i}`, "b", "c", "d"]);
  expect(missOf(store, ["a", "b", "c", "e"])).toEqual({
    through: "buildPhase",
    miss: "miss at installPhase: installPhaseFlags changed: later → e",
  });
});

it("compares with the newest build if none agrees", () => {
  const store = makeStore();
  expect(missOf(store, ["a", "b", "c", "d"])).toEqual({ through: null, miss: "no snapshots of hello yet" });
  build(store, ["a", "b", "c", "d"]);
  build(store, ["z", "b", "c", "d"]);
  expect(missOf(store, ["y", "b", "c", "d"])).toEqual({
    through: null,
    miss: "miss at unpackPhase: unpackPhaseFlags changed: z → y",
  });
});

it("names a phase that was never saved, whatever has changed after it", () => {
  const store = makeStore();
  build(store, ["a", "b", "c", "d"], 0, null, 2);
  const edited = ["a", "b", "c", "e"];
  expect(missOf(store, edited)).toEqual({
    through: "configurePhase",
    miss: "miss at buildPhase: the store has no snapshot of it",
  });
  expect(missOf(store, edited, ["configurePhase", "installPhase"])).toEqual({
    through: "configurePhase",
    miss: "miss at installPhase: installPhaseFlags changed: d → e",
  });
});
