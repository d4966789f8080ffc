import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Key } from "../../runtime/key/chain.ts";
import type { Split } from "../../runtime/key/code/split.ts";
import { finishPhase } from "../../runtime/phase/finish.ts";
import { endScript, stopScript } from "../../runtime/phase/script.ts";
import { readSession, type SessionState } from "../../runtime/phase/session.ts";
import type { Store } from "../../runtime/store/layout.ts";
import { listHeaders } from "../../runtime/store/records/list.ts";
import { readSnapshot } from "../../runtime/store/snapshots.ts";
import { readStats } from "../../runtime/store/stats.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { makeStore, phases } from "../store/example.ts";
import { makeBuild } from "./directories.ts";

/** A phase that has ended, and the state of the build. */
interface Situation {
  /** The phase's index; 1, which is configurePhase, unless given. */
  index?: number;
  failed?: boolean;
  endsAtHook?: boolean;
  /** What it did in the shell. */
  does?: string;
  /** What it left in the build directory. */
  leaves?: Record<string, string>;
  /** Phases that ran inside others, as the hook notes it. */
  nested?: string[];
  state?: Partial<SessionState>;
}

/** Calls finishPhase in this situation. */
async function finish(situation: Situation, store = makeStore()) {
  const { index = 1, failed = false, endsAtHook = false, does, leaves = {}, nested, state } = situation;
  const build = makeBuild(store);
  const directory = build.begin(state);
  for (const [name, text] of Object.entries(leaves)) writeFileSync(join(build.build, name), text);
  if (nested) writeFileSync(join(directory, "nested"), nested.map((note) => `${note}\0`).join(""));
  const end = build.end(directory, { index, failed, endsAtHook }, does);
  const script = await finishPhase(end);
  return { directory, script, ...end.messages, ...summary(store) };
}

function summary(store: Store) {
  const { headers } = listHeaders(store);
  const saved = headers.map(({ phase, failed: is }) => (is ? `failed ${phase}` : phase));
  return { saved, counted: readStats(store).sums.save.count };
}

const [goOn, stop, fail] = ["", stopScript(false), stopScript(true)];
const strict = { strict: true };

describe("after a phase", () => {
  it.each<[title: string, Situation, saved: string[], script: string]>([
    ["an ordinary phase is saved", {}, ["configurePhase"], goOn],
    ["a phase that wrote files is saved", { leaves: { file: "x" } }, ["configurePhase"], goOn],
    ["the last phase ends the session", { index: 3 }, ["installPhase"], endScript],
    [
      "a phase before disabled ones ends the session",
      { index: 2, does: "dontInstall=1" },
      ["buildPhase"],
      endScript,
    ],
    [
      "a failed last phase does not end the session",
      { index: 3, failed: true },
      ["failed installPhase"],
      goOn,
    ],
    [
      "a failed phase is saved in spite of obstacles",
      { failed: true, does: "cd /; trap : INT" },
      ["failed configurePhase"],
      goOn,
    ],
    ["a phase that ran another one is not saved", { nested: ["1 buildPhase"] }, [], goOn],
    ["that does not fail a strict build", { nested: ["1 buildPhase"], state: strict }, [], goOn],
    ["a phase before one that already ran is not saved", { state: { nestedThrough: 2 } }, [], goOn],
    ["the phase that already ran is saved", { index: 2, state: { nestedThrough: 2 } }, ["buildPhase"], goOn],
    ["a working directory outside the roots: not saved", { does: "cd /" }, [], goOn],
    ["the same with phaseCacheStrict: the build fails", { does: "cd /", state: strict }, [], fail],
    ["a new trap: caching ends", { does: "trap : INT" }, [], stop],
    ["a new trap with phaseCacheStrict: the build fails", { does: "trap : INT", state: strict }, [], fail],
  ])("%s", async (_, situation, saved, script) => {
    const result = await finish(situation);
    expect({ saved: result.saved, script: result.script }).toEqual({ saved, script });
    expect(result.counted).toBe(saved.length);
    expect(existsSync(result.directory)).toBe(script !== endScript);
  });
});

describe("a phase whose post hook can run alone", () => {
  const split: Split = {
    phase: "configurePhase",
    pre: null,
    post: "postConfigure",
    caller: "ourConfigure",
    isRoutine: false,
    body: "",
    runnerLocals: [],
    phaseLocals: [],
  };
  const unset = { splits: [split] };
  const set = {
    splits: [split],
    phases: [phases[0]!, phases[1]!, "configurePhase+postConfigure", phases[2]!],
  };

  it.each<[title: string, Situation, saved: string[], endsAtHook: boolean]>([
    ["it called the hook, which is not set", { endsAtHook: true, state: unset }, ["configurePhase"], true],
    ["it did not call the hook", { state: unset }, ["configurePhase"], false],
    [
      "the hook is set only now",
      { endsAtHook: true, does: "postConfigure=x", state: unset },
      ["configurePhase"],
      false,
    ],
    [
      "a hook is in the array",
      { endsAtHook: true, does: "postConfigureHooks=(x)", state: unset },
      ["configurePhase"],
      false,
    ],
    [
      "the hook is a function now",
      { endsAtHook: true, does: "postConfigure() { :; }", state: unset },
      ["configurePhase"],
      false,
    ],
    [
      "the phase has another text now",
      { endsAtHook: true, does: "configurePhase=x", state: unset },
      ["configurePhase"],
      false,
    ],
    [
      "the function of the phase is another one",
      { endsAtHook: true, does: "ourConfigure() { :; }", state: unset },
      ["configurePhase"],
      false,
    ],
    [
      "an empty array of hooks changes nothing",
      { endsAtHook: true, does: "postConfigureHooks=()", state: unset },
      ["configurePhase"],
      false,
    ],
    ["before the hook: saved", { state: set }, ["configurePhase"], false],
    [
      "before a hook that an earlier phase changed: not saved",
      { does: "postConfigure=y", state: set },
      [],
      false,
    ],
    [
      "before the hook of a phase that changed: not saved",
      { does: "ourConfigure() { :; }", state: set },
      [],
      false,
    ],
    [
      "after that hook: saved",
      { index: 2, does: "postConfigure=y", state: set },
      ["configurePhase+postConfigure"],
      false,
    ],
  ])("%s", async (_, situation, saved, endsAtHook) => {
    const store = makeStore();
    const result = await finish(situation, store);
    expect(result.saved).toEqual(saved);
    const { headers } = listHeaders(store);
    expect(headers.map((header) => readSnapshot(store, header).body.endsAtHook ?? false)).toEqual(
      saved.map(() => endsAtHook),
    );
    expect(result.warned).toEqual([]);
  });

  it("ends the session before a hook that only stdenv sets", async () => {
    const own = { ...split, phase: "installPhase", post: "postInstall", isRoutine: true };
    const state = { splits: [own], phases: [...phases, "installPhase+postInstall"] };
    const keys = [...phases, "installPhase+postInstall"].map((name) => sha256(name) as string as Key);
    const result = await finish({ index: 3, state: { ...state, keys } });
    expect(result).toMatchObject({ saved: ["installPhase"], script: endScript });
    const other = { splits: [{ ...own, isRoutine: false }], phases: state.phases, keys };
    expect(await finish({ index: 3, state: other })).toMatchObject({ saved: ["installPhase"], script: goOn });
  });

  it("ends caching for an obstacle, unless the rest of the phase is saved later", async () => {
    const state = { splits: [split], phases: set.phases };
    expect((await finish({ does: "trap : INT", state })).script).toBe(goOn);
    const routine = { ...state, splits: [{ ...split, isRoutine: true }] };
    expect((await finish({ does: "trap : INT", state: routine })).script).toBe(stop);
    expect((await finish({ index: 2, does: "trap : INT", state })).script).toBe(stop);
  });

  it("says why it is not saved", async () => {
    const { informed } = await finish({ does: "postConfigure=y", state: set });
    expect(informed).toEqual(["configurePhase is not saved: an earlier phase changed postConfigure"]);
  });
});

describe("messages", () => {
  it("inform of a saved phase by its name", async () => {
    const { informed, warned } = await finish({});
    expect(informed).toEqual([expect.stringContaining("configurePhase")]);
    expect(warned).toEqual([]);
  });

  it("inform of a phase that ran another one, by both names", async () => {
    const { informed, warned } = await finish({ nested: ["1 buildPhase"] });
    expect(informed).toEqual([expect.stringMatching(/configurePhase.*buildPhase/)]);
    expect(warned).toEqual([]);
  });

  it.each([
    ["cd /", "in /,"],
    ["trap 'rm x' INT", "rm x"],
  ])("warn of an obstacle (%s)", async (does, name) => {
    const { informed, warned } = await finish({ does });
    expect(informed).toEqual([]);
    expect(warned).toEqual([expect.stringMatching(/^configurePhase/)]);
    expect(warned[0]).toContain(name);
  });

  it("name phaseCacheStrict as the reason for a failure", async () => {
    const { warned } = await finish({ does: "cd /", state: strict });
    expect(warned[0]).toContain("phaseCacheStrict");
  });

  it("warn of the same obstacle once", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    const directory = build.begin();
    const first = build.end(directory, { index: 1 }, "cd /");
    await finishPhase(first);
    const second = build.end(directory, { index: 2 }, "cd /");
    await finishPhase(second);
    expect([first.messages.warned.length, second.messages.warned.length]).toEqual([1, 0]);
    const third = build.end(directory, { index: 3 }, "cd /; cd /tmp");
    await finishPhase(third);
    expect(third.messages.warned).toHaveLength(1);
  });

  it("warn of unchecked outputs if the build was restored and the hook will not see its end", async () => {
    const relocatedFrom = [{ out: `/nix/store/${"1".repeat(32)}-hello-1.0` }];
    const does = "trap : INT";
    expect((await finish({ does, state: { relocatedFrom } })).warned).toHaveLength(2);
    expect((await finish({ does })).warned).toHaveLength(1);
  });

  it("warn of a socket by its name", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    const directory = build.begin();
    const server = createServer();
    await new Promise<void>((ready) => server.listen(join(build.build, "socket"), ready));
    const end = build.end(directory);
    try {
      await finishPhase(end);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    expect(end.messages.warned).toEqual([expect.stringContaining("build/socket")]);
    expect(summary(store).saved).toEqual(["configurePhase"]);
  });
});

describe("phaseCacheVerify", () => {
  /** Runs a phase twice; the second time with phaseCacheVerify. */
  const again = async (does: string, state: Partial<SessionState> = {}) => {
    const store = makeStore();
    const build = makeBuild(store);
    await finishPhase(build.end(build.begin(), {}, "A=1"));
    const end = build.end(build.begin({ verify: true, ...state }), {}, does);
    return { script: await finishPhase(end), ...end.messages, ...summary(store) };
  };

  it.each<[string, string, object, string, number]>([
    ["equal state", "A=1", {}, goOn, 0],
    ["other state", "A=2", {}, goOn, 1],
    ["other state with phaseCacheStrict", "A=2", strict, fail, 1],
    ["equal state with phaseCacheStrict", "A=1", strict, goOn, 0],
  ])("%s", async (_, does, state, script, warnings) => {
    const result = await again(does, state);
    expect(result.script).toBe(script);
    expect(result.warned).toHaveLength(warnings);
    if (warnings > 0) expect(result.warned[0]).toMatch(/configurePhase.* A\b/);
    expect(result.saved).toEqual(["configurePhase", "configurePhase"]);
  });

  it("unset: no comparison", async () => {
    const { warned, informed } = await again("A=2", { verify: false });
    expect([warned, informed.length]).toEqual([[], 1]);
  });

  it("no comparison of a failed phase", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    await finishPhase(build.end(build.begin(), {}, "A=1"));
    const end = build.end(build.begin({ verify: true }), { failed: true }, "A=2");
    await finishPhase(end);
    expect([end.messages.warned, end.messages.informed.length]).toEqual([[], 1]);
  });

  it("no comparison without an earlier snapshot", async () => {
    expect((await finish({ state: { verify: true } })).informed).toHaveLength(1);
  });
});

describe("the session", () => {
  it("after a saved phase: its snapshot is the parent of the next one", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    const directory = build.begin();
    for (const index of [1, 2]) {
      writeFileSync(join(build.build, `file${index}`), "x");
      await finishPhase(build.end(directory, { index }));
    }
    const [first, second] = listHeaders(store).headers;
    expect(second!.parent).toBe(first!.id);
    expect(second!.layers.slice(0, 1)).toEqual(first!.layers);
    expect(second!.layers).toHaveLength(2);
    expect(second!.initial).toEqual(first!.initial);
    const { state } = readSession(directory);
    expect([state.parent, state.next]).toEqual([second!.id, 3]);
    expect(state.ran.map(({ phase }) => phase)).toEqual(["configurePhase", "buildPhase"]);
  });

  it("a phase that changed no file adds no layer", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    await finishPhase(build.end(build.begin()));
    expect(listHeaders(store).headers[0]!.layers).toEqual([]);
  });

  it("after a phase that was not saved: the next layer contains its files", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    const directory = build.begin();
    for (const index of [1, 2]) {
      writeFileSync(join(build.build, `file${index}`), "x");
      await finishPhase(build.end(directory, { index }, index === 1 ? "cd /" : ""));
    }
    const [only, ...others] = listHeaders(store).headers;
    expect([only!.phase, only!.parent, others]).toEqual(["buildPhase", null, []]);
    expect(only!.layers.map(({ entries }) => entries)).toEqual([2]);
    expect(readSession(directory).state.ran.map(({ phase }) => phase)).toEqual([
      "configurePhase",
      "buildPhase",
    ]);
  });
});
