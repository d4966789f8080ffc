import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { phasesToSave } from "../../runtime/phase/build.ts";
import { planBuild } from "../../runtime/phase/plan.ts";
import { discardBaseline } from "../../runtime/phase/restoring/undo.ts";
import { readSession } from "../../runtime/phase/session.ts";
import type { Store } from "../../runtime/store/layout.ts";
import { setPin } from "../../runtime/store/pins.ts";
import { readStats } from "../../runtime/store/stats.ts";
import { makeStore, phases } from "../store/example.ts";
import { buildOf } from "./build.ts";
import { forgotten, makeBuild } from "./directories.ts";
import { damage, saveBuild } from "./rig.ts";

describe("the phases to save", () => {
  it.each<[string, string[] | null, string[]]>([
    ["all", null, phases],
    ["those that phaseCachePhases names", ["buildPhase"], ["buildPhase"]],
    ["none", [], []],
  ])("%s", (_, phaseCachePhases, expected) => {
    expect(phasesToSave(buildOf(makeStore(), { options: { phaseCachePhases } }))).toEqual(expected);
  });
});

type Fields = NonNullable<Parameters<typeof buildOf>[1]>;
type TestBuild = ReturnType<typeof makeBuild>;

/** Plans a build; returns the phases whose files were restored, what the script says of phases, and the counted events. */
async function planned(store: Store, fields: Fields = {}, build = makeBuild(store)) {
  const context = build.plan(fields);
  try {
    const script = await planBuild(context);
    const session = forgotten(/\/tmp\/phasecache-\w{6}/.exec(script)![0]);
    const { sums } = readStats(store);
    return {
      ...context.messages,
      script,
      restored: filesIn(build),
      skips: succeeding(script, "_phaseCacheIsPhase restored:"),
      saves: succeeding(script, "_phaseCacheShouldSave "),
      counted: { hits: sums.hit.count, misses: [...sums.miss.reasons.keys()] },
      state: readSession(session).state,
    };
  } finally {
    discardBaseline(context.build.pid);
  }
}

/** The phases whose files exist. */
function filesIn({ build }: TestBuild): string[] {
  const names = existsSync(`${build}/hello-1.0`) ? readdirSync(`${build}/hello-1.0`) : [];
  return phases.filter((phase) => names.includes(phase));
}

/** The phases for whose index a call of one of the script's functions succeeds. */
function succeeding(script: string, call: string): string[] {
  const calls = phases.map((phase, i) => `if ${call}${i}; then echo ${phase}; fi`);
  const bash = ["--norc", "-c", `${script}\n${calls.join("\n")}`];
  return execFileSync("bash", bash, { encoding: "utf8" }).split("\n").slice(0, -1);
}

interface Row {
  title: string;
  /** Saves snapshots of a build that started with the same shell. */
  saved?: (store: Store, build: TestBuild) => unknown;
  now?: Fields;
  /** The last phase that is restored. */
  through?: string;
  saves?: string[];
  hits?: number;
  misses?: string[];
  warnings?: number;
}

const whole = (store: Store, { initial }: TestBuild) => saveBuild(store, { initial });
const damaged = (store: Store, build: TestBuild, phase: string) =>
  damage.changeLayer(store, whole(store, build)[phase]!);

describe("a plan", () => {
  it.each<Row>([
    { title: "of the first build", misses: ["first-build"] },
    { title: "of the same build", saved: whole, through: "installPhase", hits: 1 },
    {
      title: "of an edited one",
      saved: whole,
      now: { values: "abcX" },
      through: "buildPhase",
      hits: 1,
      misses: ["changed"],
    },
    {
      title: "with phaseCachePhases",
      now: { options: { phaseCachePhases: ["buildPhase"] } },
      saves: ["buildPhase"],
      misses: ["first-build"],
    },
    {
      title: "with a pin: later phases are not saved",
      saved: (store, build) => [
        whole(store, build),
        setPin(store, "hello", { through: "buildPhase", sticky: false, created: 0 }),
      ],
      now: { values: "wxyz" },
      through: "buildPhase",
      saves: [],
      hits: 1,
      warnings: 5,
    },
    {
      title: "with phaseCacheThrough: later phases are not saved",
      saved: whole,
      now: { options: { phaseCacheThrough: "unpackPhase" } },
      through: "unpackPhase",
      saves: [],
      hits: 1,
      warnings: 1,
    },
    {
      title: "with phaseCacheThrough and no snapshot: by key",
      now: { options: { phaseCacheThrough: "unpackPhase" } },
      misses: ["first-build"],
      warnings: 1,
    },
    { title: "with phaseCacheVerify", saved: whole, now: { options: { phaseCacheVerify: true } } },
    {
      title: "with a damaged layer: the previous phase is restored",
      saved: (store, build) => damaged(store, build, "installPhase"),
      through: "buildPhase",
      hits: 1,
      misses: ["unusable"],
      warnings: 1,
    },
    {
      title: "with a damaged first layer, which all snapshots need",
      saved: (store, build) => damaged(store, build, "unpackPhase"),
      misses: ["unusable"],
      warnings: 4,
    },
  ])("$title", async ({ saved, now, through, saves = phases, hits = 0, misses = [], warnings = 0 }) => {
    const store = makeStore();
    const build = makeBuild(store);
    saved?.(store, build);
    const plan = await planned(store, now, build);
    const done = through === undefined ? [] : phases.slice(0, phases.indexOf(through) + 1);
    expect(plan).toMatchObject({ restored: done, skips: done, saves, counted: { hits, misses } });
    expect(plan.warned).toHaveLength(warnings);
    expect(plan.state.next).toBe(done.length);
  });

  it("does not report a miss at a disabled phase", async () => {
    const store = makeStore();
    const build = makeBuild(store, "export dontBuild=1");
    const only = phases.filter((phase) => phase !== "buildPhase");
    saveBuild(store, { initial: build.initial, only });
    const { counted, restored } = await planned(store, { values: "abcX" }, build);
    expect(restored).toEqual(["unpackPhase", "configurePhase"]);
    expect(counted).toEqual({ hits: 1, misses: ["changed"] });
  });

  it("sets the variables of a restored phase", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    saveBuild(store, { initial: build.initial, sets: { buildPhase: { GREETING: "hello" } } });
    const { script } = await planned(store, {}, build);
    const bash = ["--norc", "-c", `${script}\necho "$GREETING"`];
    expect(execFileSync("bash", bash, { encoding: "utf8" })).toBe("hello\n");
  });

  it("keeps the restored snapshot's layers and runs in the session", async () => {
    const store = makeStore();
    const build = makeBuild(store);
    const { buildPhase } = whole(store, build);
    const { state } = await planned(store, { values: "abcX" }, build);
    expect([state.parent, state.layers]).toEqual([buildPhase!.id, buildPhase!.layers]);
    expect(state.ran.map(({ phase }) => phase)).toEqual(phases.slice(0, 3));
  });
});
