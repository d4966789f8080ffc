import { chownSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../../runtime/store/open.ts";
import { setPin } from "../../runtime/store/pins.ts";
import { plainCall } from "./harness/calls.ts";
import { contentsOf } from "./harness/contents.ts";
import { Harness } from "./harness/harness.ts";
import { beginPlan, referenceRestores } from "./harness/levels.ts";
import { type Phase, phases, runPhase } from "./harness/phases.ts";
import { impostors, makeOutside, replace } from "./harness/replacements.ts";
import { restoredIn, sessionOf } from "./harness/script.ts";
import { storeFilesIn } from "./harness/store-files.ts";

/** The paths of all files and folders of a store, relative to it. */
function placesIn(harness: Harness): string[] {
  const today = new Date().toISOString().slice(0, 10);
  const files = storeFilesIn(harness).map(({ path }) => relative(harness.store, path));
  const [record] = files;
  const folders = ["blobs", "blobs/sha256", "snapshots", "snapshots/demo", "pins", "stats", "stats/hits"];
  const more = ["stats/events", "tmp", "quarantine", "config.json", "stats/size", "pins/demo"];
  return [
    ...["CACHEDIR.TAG", "v1", `v1/stats/events/${today}.jsonl`, `v1/stats/hits/${record!.slice(-12)}`],
    ...[...folders, ...more].map((name) => `v1/${name}`),
    ...files,
    ...new Set(files.filter((path) => path.includes("sha256")).map(dirname)),
  ];
}

/** Runs a complete build with the bundle. Returns its messages. */
function buildThrough(harness: Harness): string {
  beginPlan(harness);
  const plan = plainCall(harness, { command: "plan" });
  expect(plan.status, plan.messages).toBe(0);
  const session = sessionOf(plan.script);
  let { messages } = plan;
  let stopped = session === null;
  for (const phase of phases.slice(restoredIn(plan.script))) {
    runPhase(phase as Phase, harness.top, harness.out);
    if (stopped) continue;
    const saved = plainCall(harness, { command: "save", session: session!, phase });
    expect(saved.status, saved.messages).toBe(0);
    stopped = saved.script !== "";
    messages += saved.messages;
  }
  return messages;
}

it("nothing outside the store is modified, whatever replaces a file or folder in the store", async () => {
  using harness = new Harness();
  const levels = await referenceRestores(harness);
  const outside = harness.file("outside");
  makeOutside(outside);
  cpSync(harness.store, harness.file("sound"), { recursive: true });
  const before = contentsOf(outside);
  let count = 0;
  for (const place of placesIn(harness)) {
    for (const kind of Object.keys(impostors)) {
      const where = `${kind} in place of ${place}`;
      mkdirSync(dirname(`${harness.store}/${place}`), { recursive: true });
      replace(`${harness.store}/${place}`, kind, outside);
      const messages = buildThrough(harness);
      // A hard link increases the number of links.
      const untouched = before.map((line) => line.replace(/ \d (?=\w+$)/, " N "));
      expect(
        contentsOf(outside).map((line) => line.replace(/ \d (?=\w+$)/, " N ")),
        where,
      ).toEqual(untouched);
      expect(harness.contents(), `${where}: ${messages}`).toEqual(levels.at(-1)!.contents);
      rmSync(harness.store, { recursive: true });
      cpSync(harness.file("sound"), harness.store, { recursive: true });
      count++;
    }
  }
  console.log(`replaced files and folders: ${count} cases`);
});

it("a pin of another user is applied and reported, and nothing is saved", async () => {
  using harness = new Harness();
  await referenceRestores(harness);
  const store = openStore(harness.store, { write: true });
  setPin(store, "demo", { through: "buildPhase", sticky: true, created: Date.now() });
  if (process.getuid?.() === 0) chownSync(harness.file("store/v1/pins/demo"), 54_321, 54_321);
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(restoredIn(script)).toBe(1);
  expect(messages).toContain("restoring a pinned snapshot despite 0 changes; this build saves nothing");
  expect(script).toMatch(/_phaseCacheShouldSave\(\) \{ case \S+ in \*\) \\builtin return 1/);
});

it.each([
  [
    "another package's snapshot",
    '{"through":"buildPhase","id":"000000000000","sticky":true,"created":1}',
    /no snapshot through buildPhase can be restored/,
  ],
  [
    "a phase that does not exist",
    '{"through":"\\u001b[2Jphase","sticky":true,"created":1}',
    /no snapshot through \\\\x1b\[2Jphase/,
  ],
  [
    "an object prototype",
    '{"__proto__":{"through":"buildPhase"},"sticky":true,"created":1}',
    /the pin of demo is damaged: through/,
  ],
  [
    "an overlong phase name",
    `{"through":"${"x".repeat(20_000)}","sticky":true,"created":1}`,
    /the pin of demo is damaged: it is larger/,
  ],
])("a pin to %s does not affect the build", async (_, pin, message) => {
  using harness = new Harness();
  const levels = await referenceRestores(harness);
  writeFileSync(harness.file("store/v1/pins/demo"), pin);
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(messages).toMatch(message);
  expect(restoredIn(script)).toBe(phases.length);
  expect(harness.contents()).toEqual(levels.at(-1)!.contents);
});
