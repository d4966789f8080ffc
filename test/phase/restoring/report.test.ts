import { describe, expect, it } from "vitest";
import type { LookupResult } from "../../../runtime/phase/lookup/request.ts";
import { report, restoredLines } from "../../../runtime/phase/restoring/report.ts";
import { readHits } from "../../../runtime/store/hits.ts";
import type { Store } from "../../../runtime/store/layout.ts";
import { readStats } from "../../../runtime/store/stats.ts";
import { makeStore, phases } from "../../store/example.ts";
import { buildOf } from "../build.ts";
import { layerOf, listenTo, lookUpIn, type NewBuild, saveBuild } from "../rig.ts";

/** Reports a lookup's result; `restoring` is in milliseconds. */
function reported(store: Store, result: LookupResult, restoring = 400) {
  const messages = listenTo();
  report({ store, build: buildOf(store), result, restoring, messages });
  const { sums } = readStats(store);
  const count = ({ count, milliseconds, bytes }: typeof sums.hit) => ({ count, milliseconds, bytes });
  return { ...messages, hits: count(sums.hit), misses: sums.miss.reasons, uses: readHits(store) };
}

const none = { count: 0, milliseconds: 0, bytes: 0 };

function foundIn(store: Store, now: NewBuild = {}): LookupResult {
  return lookUpIn(store, now);
}

describe("the report of a lookup that found", () => {
  it("the last phase: a hit", () => {
    const store = makeStore();
    const { installPhase } = saveBuild(store);
    const said = reported(store, foundIn(store));
    expect(said.informed).toEqual([expect.stringMatching(/hello-1\.0 .*installPhase .*0\.4 s.*3\.6 s/)]);
    expect(said.warned).toEqual([]);
    const bytes = installPhase!.layers.reduce((sum, { size }) => sum + size, 0);
    expect(said.hits).toEqual({ count: 1, milliseconds: 3600, bytes });
    expect([...said.misses]).toEqual([]);
    expect([...said.uses.keys()]).toEqual([installPhase!.id]);
  });

  it("an earlier phase: a hit and a miss", () => {
    const store = makeStore();
    const { buildPhase } = saveBuild(store);
    const said = reported(store, foundIn(store, { values: "abcX" }));
    expect(said.informed).toEqual([expect.stringContaining("buildPhase"), expect.stringContaining("d → X")]);
    expect(said.hits.count).toBe(1);
    expect([...said.misses]).toEqual([["changed", 1]]);
    expect([...said.uses.keys()]).toEqual([buildPhase!.id]);
  });

  it("nothing: a miss", () => {
    const store = makeStore();
    const said = reported(store, foundIn(store));
    expect(said.informed).toEqual([expect.stringContaining("hello")]);
    expect(said.hits).toEqual(none);
    expect([...said.misses]).toEqual([["first-build", 1]]);
    expect(said.uses.size).toBe(0);
  });

  it("nothing with phaseCacheVerify: no message, no event", () => {
    const store = makeStore();
    const said = reported(store, { hit: null, miss: null, problems: [], differences: null });
    expect([said.informed, said.warned, said.hits, [...said.misses]]).toEqual([[], [], none, []]);
  });

  it("a pinned snapshot: a hit and a warning for each difference", () => {
    const store = makeStore();
    saveBuild(store);
    const result = { ...foundIn(store), differences: ["A changed", "B changed"] };
    const said = reported(store, result);
    expect(said.warned).toEqual(
      [/\b2\b/, /A changed/, /B changed/].map((part) => expect.stringMatching(part)),
    );
    expect(said.informed).toHaveLength(1);
    expect(said.hits.count).toBe(1);
    expect(said.misses.size).toBe(0);
  });

  it("a pinned snapshot without differences: one warning", () => {
    const store = makeStore();
    saveBuild(store);
    expect(reported(store, { ...foundIn(store), differences: [] }).warned).toHaveLength(1);
  });

  it("a phase that took less time than the restore: no time saved", () => {
    const store = makeStore();
    saveBuild(store);
    const said = reported(store, foundIn(store), 5000);
    expect(said.hits.milliseconds).toBe(0);
  });

  it("files of unknown format that were relocated: a warning that names them", () => {
    const store = makeStore();
    const path = "build/db";
    const classes = [{ path, verdict: "unknown", kind: "x" } as const];
    saveBuild(store, { layers: { buildPhase: layerOf(store, [path], { classes }) } });
    expect(reported(store, foundIn(store)).warned).toEqual([]);
    const outputs = { out: `/nix/store/${"1".repeat(32)}-hello-1.0` };
    expect(reported(store, foundIn(store, { outputs })).warned).toEqual([expect.stringContaining(path)]);
  });
});

describe("the lines for restored phases", () => {
  /** The phase and the seconds in each line; `ran` are the phases that ran in the restored build. */
  const lines = (ran: string[], index = 3, names = phases) => {
    const store = makeStore();
    saveBuild(store);
    const hit = foundIn(store).hit!;
    const record = {
      ...hit.record,
      body: { ...hit.record.body, ran: ran.map((phase, i) => ({ phase, duration: 1000 * (i + 1) })) },
    };
    return restoredLines(buildOf(store, { phases: names, values: names }), { ...hit, index, record }).map(
      (line) => /(\w+Phase).*?(\d)\.\d s/.exec(line)?.slice(1).join(" ") ?? line,
    );
  };

  it.each<[string, string[], number, string[]]>([
    ["all phases ran", phases, 3, ["unpackPhase 1", "configurePhase 2", "buildPhase 3", "installPhase 4"]],
    ["only restored phases have a line", phases, 1, ["unpackPhase 1", "configurePhase 2"]],
    [
      "a disabled phase has an empty line",
      ["unpackPhase", "buildPhase"],
      2,
      ["unpackPhase 1", "", "buildPhase 2"],
    ],
    ["no phase ran", [], 1, ["", ""]],
  ])("%s", (_, ran, index, expected) => {
    expect(lines(ran, index)).toEqual(expected);
  });

  it("a phase that is listed twice has a line for each run", () => {
    const names = ["unpackPhase", "buildPhase", "buildPhase"];
    expect(lines(names, 2, names)).toEqual(["unpackPhase 1", "buildPhase 2", "buildPhase 3"]);
    expect(lines(["unpackPhase", "buildPhase"], 2, names)).toEqual(["unpackPhase 1", "buildPhase 2", ""]);
  });
});
