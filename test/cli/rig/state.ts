import { diffStates } from "../../../runtime/shell/index.ts";
import { stageInitial } from "../../../runtime/snapshot/initial-state.ts";
import { addBlob } from "../../../runtime/store/blobs.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { Rig } from "../../shell/rig.ts";
import { makeFolder } from "./example.ts";

/**
 * Returns the initial state of a build and a phase's changes to it, as in a snapshot, from a real bash.
 * @param files the files that the derivation puts into the build directory, by name
 */
export function stateOf(
  store: Store,
  { setup = "", phase = "", cwd = "/build", files = {} as Record<string, string> } = {},
) {
  using rig = new Rig();
  const { before, after } = rig.phase(phase, { setup });
  const buildTop = makeFolder(files);
  const initial = stageInitial(store, { ...before, cwd: "/build" }, buildTop);
  addBlob(store, initial.path, initial.digest);
  return { initial, state: diffStates({ ...before, cwd: "/build" }, { ...after, cwd }) };
}
