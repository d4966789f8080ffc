import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreLayers } from "../../../runtime/layer/restore.ts";
import { finishPhase } from "../../../runtime/phase/finish.ts";
import { readSession, updateSession } from "../../../runtime/phase/session.ts";
import { closeLayers, openLayers } from "../../../runtime/snapshot/layers.ts";
import type { Root } from "../../../runtime/tree/entry.ts";
import { bash, describeRoots } from "../../layer/rig.ts";
import { makeFolder, makeStore, outputs } from "../../store/example.ts";
import { tar } from "../../tree/rig.ts";
import { makeBuild } from "../directories.ts";

/** A build in which each step is a phase that is saved. */
function makeSteps() {
  const store = makeStore();
  const build = makeBuild(store);
  const directory = build.begin({ phases: ["buildPhase", "installPhase"] });
  const { roots } = readSession(directory).state;
  /** Runs a script as a phase, and saves it. Returns the new layer's index, and the bytes of the layer. */
  const step = async (script: string) => {
    bash(build.build, script);
    const before = readSession(directory).state.layers.length;
    const end = build.end(directory, { index: 0 });
    await finishPhase(end);
    expect(end.messages.warned).toEqual([]);
    const session = readSession(directory);
    updateSession(session, { ...session.state, next: 0 }, null);
    const refs = session.state.layers.slice(before);
    const layers = openLayers(store, refs, outputs);
    closeLayers(layers);
    return { size: refs[0]?.size ?? 0, metadata: layers[0]?.index.metadata.map(({ path }) => path) ?? [] };
  };
  /** Restores all layers elsewhere, and compares everything with the build's files. */
  const compare = async () => {
    const top = makeFolder();
    const copies = roots.map((root): Root => ({ ...root, path: root.path.replace(/.*\//, `${top}/`) }));
    bash(top, "mkdir build");
    const layers = openLayers(store, readSession(directory).state.layers, outputs);
    try {
      await restoreLayers(layers, copies, tar);
    } finally {
      closeLayers(layers);
    }
    expect(describeRoots(copies)).toEqual(describeRoots(roots));
  };
  return { step, compare, build };
}

const make =
  "mkdir d; for i in 1 2 3; do head -c 20000 /dev/urandom > d/$i; done; truncate -s 3M d/4; echo 4 >> d/4";

describe("a layer stores no contents", () => {
  it.each([
    ["after chmod", "chmod -R a+x d", 4],
    ["after touch", "touch -d @1.5 d/*", 4],
    ["of files that were replaced by the same", "for i in 1 2 3; do cp d/$i x; mv x d/$i; done", 3],
  ])("%s", async (_, script, count) => {
    const { step, compare } = makeSteps();
    await step(make);
    const { size, metadata } = await step(script);
    expect(size).toBeLessThan(500);
    expect(metadata.length).toBe(count);
    await compare();
  });

  it("of files of which only the ctime differs: there is no layer", async () => {
    const { step } = makeSteps();
    await step(make);
    expect(await step("chmod -R u+w d")).toEqual({ size: 0, metadata: [] });
  });
});

describe("a layer has the contents", () => {
  it("of a file that was written to", async () => {
    const { step, compare } = makeSteps();
    await step(make);
    const change = "printf x | dd of=d/1 conv=notrunc status=none; touch -d @1 d/1; chmod 0700 d/2 d/3";
    expect((await step(change)).metadata.sort()).toEqual(["build/d/2", "build/d/3"]);
    await compare();
  });

  it("of a file that was a hard link and now has other contents", async () => {
    const { step, compare } = makeSteps();
    await step(`${make}; ln -f d/1 d/2`);
    await step("head -c 20000 /dev/urandom > x; mv x d/1");
    await step("cp d/1 x; mv x d/2; chmod 0700 d/1");
    await compare();
  });

  it("when reading the indexes would take longer", async () => {
    const { step, compare } = makeSteps();
    await step("mkdir d; for i in {1..300}; do echo $i > d/$i; done");
    expect((await step("chmod a+x d/1")).metadata).toEqual([]);
    expect((await step("chmod a+x d/*")).metadata.length).toBe(299);
    await compare();
  });
});

const name = fc.constantFrom("d/1", "d/2", "d/3", "d/4", "e/1");
const change = fc.oneof(
  fc.tuple(fc.constantFrom("0400", "0644", "0755"), name).map(([mode, file]) => `chmod ${mode} ${file}`),
  fc.tuple(fc.constantFrom("1", "1.5", "-3.25"), name).map(([time, file]) => `touch -d @${time} ${file}`),
  fc.tuple(name, name).map(([from, to]) => `ln -f ${from} ${to}`),
  fc.tuple(name, name).map(([from, to]) => `mv -f ${from} ${to}`),
  fc
    .tuple(fc.constantFrom("cp", "cp -p"), name, name)
    .map(([cp, from, to]) => `${cp} ${from} x; mv -f x ${to}`),
  name.map((file) => `printf $RANDOM | dd of=${file} conv=notrunc,nocreat status=none`),
  name.map((file) => `rm -rf ${file}`),
  name.map((file) => `rm -rf ${file}; mkdir ${file}; echo 1 > ${file}/1`),
  name.map((file) => `rm -rf ${file}; ln -s 1 ${file}`),
  name.map((file) => `rm -rf ${file}; head -c 20000 /dev/urandom > ${file}`),
  fc.constantFrom(
    "chmod -R a+x *",
    "chmod -R u+w *",
    "find . -type f -exec touch -d @7.5 {} +",
    "rm -rf e; mkdir e",
  ),
);

it("restores the files after any sequence of such changes", async () => {
  const sequences = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(sequences, async (scripts) => {
      const { step, compare } = makeSteps();
      await step(`${make}; mkdir e; cp d/1 e/1`);
      for (const script of scripts)
        await step(script.map((one) => `{ ${one}; } 2>/dev/null || true`).join("\n"));
      await compare();
    }),
    { numRuns: process.env.PHASECACHE_NIGHTLY ? 500 : 4 },
  );
}, 300_000);
