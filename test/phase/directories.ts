import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { PhaseEnd, PlanContext } from "../../runtime/phase/context.ts";
import { readSurroundings } from "../../runtime/phase/obstacles/surroundings.ts";
import { createSession, readSession, type SessionState } from "../../runtime/phase/session.ts";
import { parseDump } from "../../runtime/shell/index.ts";
import type { Store } from "../../runtime/store/layout.ts";
import type { Root } from "../../runtime/tree/entry.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { Rig } from "../shell/rig.ts";
import { makeFolder } from "../store/example.ts";
import { find, tar } from "../tree/rig.ts";
import { buildOf, sessionState } from "./build.ts";
import { listenTo } from "./rig.ts";

const tools = { tar, find, xz: null, bzip2: null };
/** No file descriptor has this number, so that descriptors are not compared. */
const answer = 1_000_000;

/**
 * A build without Nix and without a sandbox: directories, the dumps of a real bash, and this process as its builder and
 * shell.
 * @param setup run by each shell before anything else
 */
export function makeBuild(store: Store, setup = "") {
  const top = makeFolder();
  const build = `${top}/build`;
  mkdirSync(build);
  const roots: Root[] = [
    { name: "build", path: build },
    { name: "outputs/out", path: `${top}/out` },
  ];
  const rig = new Rig();
  onTestFinished(() => rig[Symbol.dispose]());
  /** The dump of a shell in the build directory after this script. */
  const dump = (script = ""): Buffer => {
    const { stderr } = rig.run(`cd ${build}\n${setup}\n${script}\n_phaseCacheDump "$-" >|"$dir/dumped"`);
    if (stderr !== "") throw new Error(stderr);
    return readFileSync(rig.file("dumped"));
  };
  const initial = dump();

  /** The context of the first call. */
  const plan = (fields: Parameters<typeof buildOf>[1] = {}): PlanContext & { messages: Listener } => ({
    store,
    build: buildOf(store, { buildTop: build, roots, ...fields }),
    initial: parseDump(initial),
    dump: initial,
    tools,
    messages: listenTo(),
    log: { logFd: "", log: null, shell: process.pid },
    answer,
  });

  /** A session before the first phase; returns its directory. */
  const begin = (fields: Partial<SessionState> = {}): string => {
    const state = sessionState(store, { buildTop: build, roots, since: Date.now(), ...fields });
    const surroundings = readSurroundings({ ...state, shell: process.pid, answer });
    const scan = scanTree(roots, find).encode();
    return forgotten(createSession({ ...state, surroundings }, initial, scan).directory);
  };

  /** The context of the call after a phase; `script` is what the phase did in the shell. */
  const end = (directory: string, fields: Partial<PhaseEnd> = {}, script = "") => ({
    session: readSession(directory),
    index: 1,
    failed: false,
    dump: dump(script),
    shell: process.pid,
    answer,
    endsAtHook: false,
    listed: null,
    tools,
    ...fields,
    messages: listenTo(),
  });
  return { build, out: `${top}/out`, initial: parseDump(initial), plan, begin, end };
}

type Listener = ReturnType<typeof listenTo>;

/** Removes a session's directory after the test. */
export function forgotten(directory: string): string {
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
