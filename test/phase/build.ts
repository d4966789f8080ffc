import { type HookOptions, readHookOptions } from "../../runtime/key/hook-options.ts";
import type { Build } from "../../runtime/phase/build.ts";
import type { SessionState } from "../../runtime/phase/session.ts";
import type { Store } from "../../runtime/store/layout.ts";
import { outputs, phases } from "../store/example.ts";
import { keysOf, requestOf } from "./rig.ts";

type BuildFields = Partial<Omit<Build, "options">> & {
  options?: Partial<HookOptions>;
  values?: Iterable<string>;
};

/** A build as the hook found it; its keys are those of `saveBuild` and `requestOf`. */
export function buildOf(store: Store, { options, values = "abcd", ...fields }: BuildFields = {}): Build {
  const { start } = requestOf(store);
  return {
    pid: process.pid,
    package: "hello",
    name: "hello-1.0",
    system: "x86_64-linux",
    buildTop: "/build",
    phases,
    disabled: [],
    splits: [],
    ...keysOf(values, fields.phases),
    outputs,
    named: [],
    roots: [],
    logFd: "",
    uses: [],
    late: [],
    randomNames: [],
    start,
    ...fields,
    options: { ...readHookOptions({ attributes: new Map() }, phases).options, ...options },
  };
}

/** The session of a build without snapshots, before its first phase. */
export function sessionState(store: Store, fields: Partial<SessionState> = {}): SessionState {
  const { options, named: _, start: __, ...build } = buildOf(store);
  const surroundings = {
    descriptors: null,
    limits: {},
    scheduling: "",
    processes: [],
    mode: 0o755,
    names: null,
    queues: [],
  };
  return {
    ...build,
    store: store.root,
    quiet: options.phaseCacheQuiet,
    strict: options.phaseCacheStrict,
    verify: options.phaseCacheVerify,
    parent: null,
    layers: [],
    namesOutputs: false,
    directories: [],
    directoryOrders: {},
    order: [],
    reads: [],
    initial: null,
    relocatedFrom: [],
    next: 0,
    nestedThrough: -1,
    surroundings,
    log: null,
    reported: [],
    ran: [],
    since: 0,
    ...fields,
  };
}
