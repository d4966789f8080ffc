import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareLayers } from "../../runtime/layer/diff.ts";
import { flattenLayers } from "../../runtime/layer/index/flatten.ts";
import type { LayerIndex, MetadataEntry } from "../../runtime/layer/index/layer-index.ts";
import { readEntry } from "../../runtime/layer/read.ts";
import { restoreLayers } from "../../runtime/layer/restore.ts";
import { makeRig } from "../tree/rig.ts";
import { type Crafted, craftLayer } from "./craft.ts";
import { bash, describeRoots, leftIn, makeChain, tar } from "./rig.ts";

const [ours, theirs] = ["0123456789abcdfghijklmnpqrsvwxyz", "zyxwvsrqpnmlkjihgfdcba9876543210"];
let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain([ours]);
});
afterEach(() => chain.remove());

/** Runs the scripts, saves a layer after each, restores all layers elsewhere, and compares everything. */
async function phases(...scripts: string[]) {
  for (const script of scripts) {
    bash(chain.origin.build, script);
    await chain.save();
  }
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
}

/** The paths of which a layer has the metadata, and those that it has entries of. */
const pathsIn = (layer: number) => {
  const { metadata, entries } = chain.layers[layer]!.index;
  return [metadata, entries].map((list) => list.map(({ path }) => path.slice("build/".length)).sort());
};

describe("a layer has only the metadata of a file", () => {
  it.each([
    ["whose mode has changed", "chmod 0400 a"],
    ["whose mtime has changed", "touch -d @1.25 a"],
    ["whose mtime has become whole seconds", "touch -d @1 a"],
    ["whose mtime is before 1970", "touch -d @-1.5 a; chmod 0 a"],
    ["that was replaced by a file with the same contents", "cp a b; mv b a"],
  ])("%s", async (_, change) => {
    await phases("head -c 100000 /dev/urandom > a; echo 1 > unchanged", change);
    expect(pathsIn(1)).toEqual([["a"], []]);
    expect(chain.saved[1]!.plainSize).toBeLessThanOrEqual(2048);
  });

  it("also with a sparse file, and an empty one", async () => {
    await phases("truncate -s 3M a; echo end >> a; : > b", "chmod 0400 a b; touch -d @5.5 a b");
    expect(pathsIn(1)).toEqual([["a", "b"], []]);
  });

  it("in which an output is named", async () => {
    await phases(`echo ${ours} > a; echo ${ours} > b-${ours}`, "chmod 0400 a b*; touch -d @1.5 b*");
    const target = await chain.restore([theirs]);
    expect(bash(target.build, "cat a b*; stat -c '%n %a' *")).toBe(
      `${theirs}\n${theirs}\na 400\nb-${theirs} 400\n`,
    );
  });

  it("after several layers, with the newest metadata", async () => {
    await phases(
      "echo 1 > a",
      "chmod 0400 a",
      "touch -d @1 a",
      "echo 2 > b",
      "chmod 0600 a; touch -d @2.5 a",
    );
    expect([1, 2, 4].map((layer) => pathsIn(layer)[0])).toEqual([["a"], ["a"], ["a"]]);
  });

  it("and hard links to it", async () => {
    await phases("mkdir d; echo 1 > d/a; ln d/a b; ln d/a c", "chmod 0400 b", "ln b d/new", "rm c", "rm d/a");
    for (const { index } of chain.layers.slice(1, 3)) {
      expect(index.metadata.length).toBe(1);
      expect(index.entries.filter(({ type }) => type !== "d").map(({ type }) => type)).not.toContain("f");
    }
  });
});

it("single files are read with the contents, and compared by modes", async () => {
  await phases(
    "mkdir d; echo 1 > d/a; ln d/a d/b; truncate -s 1M c; echo 2 > e",
    "chmod 0400 d/a c; touch -d @1 e",
  );
  const read = (path: string) => Buffer.concat([...readEntry(chain.layers, `build/${path}`)]).toString();
  expect(["d/a", "d/b", "e"].map(read)).toEqual(["1\n", "1\n", "2\n"]);
  expect(read("c").length).toBe(1 << 20);
  const [first] = chain.layers;
  const found = compareLayers([first!], chain.layers).map(({ status, path }) => `${status} ${path}`);
  expect(found.sort()).toEqual(["U build/c", "U build/d/a", "U build/d/b"]);
});

describe("a layer has the contents of a file", () => {
  it.each([
    ["that has been written to", "echo 2 > a", ""],
    ["that has been removed and written again", "rm a", "echo 1 > a; touch -d @1 a"],
    ["that was a directory", "rm a; mkdir a", "rmdir a; echo 1 > a"],
    ["that was a symlink", "mv a b; ln -s b a", "rm a; cp b a"],
  ])("%s", async (_, change, again) => {
    await phases("echo 1 > a", change, again || "true");
    expect(pathsIn(again === "" ? 1 : 2)[1]).toContain("a");
  });
});

it("restores a hard link that becomes a file with the same contents", () =>
  phases(
    "echo 1 > a; ln a b",
    "cp b c; mv c b; chmod 0400 b",
    "chmod 0600 a b",
    "ln -f a b",
    "touch -d @1 a",
  ));

it("restores the metadata of more than a thousand files", () =>
  phases(
    "for d in {1..30}; do mkdir $d; for i in {1..40}; do echo $d $i > $d/$i; done; ln $d/1 $d/link; done; touch -d @7 1/*",
    "chmod -R a-w .; touch -d @1.5 1/2 2/*; touch -d @1 3/*; chmod u+w . *",
  ));

it.each([1, 2, 3, 4])("replaces headers that lie %s blocks before a frame's end", async (blocks) => {
  const first = (4 << 20) - 512 * (blocks + 1);
  const script = `head -c ${first} /dev/zero > a; touch -d @1 a; echo 1 > b; head -c 5000000 /dev/urandom > c`;
  await phases(
    `${script}; touch -d @1.5 b c`,
    "chmod 0400 a b c; touch -d @2.123456789 a",
    "touch -d @3 b c",
  );
});

it("leaves contents that plain tar extracts in order", async () => {
  await phases("echo 1 > a; ln a b; echo 2 > c", "chmod 0400 a; touch -d @1 c", "ln a d");
  const target = makeRig();
  for (const { path } of chain.saved) bash(target.directory, `tar --zstd -xf ${path}`);
  expect(bash(target.build, "cat a b c d; [ a -ef b ] && [ a -ef d ] && echo linked")).toBe(
    "1\n1\n2\n1\nlinked\n",
  );
  target.remove();
});

describe("a restore refuses metadata", () => {
  const file: Crafted = { name: "build/a", contents: "1" };
  const metadata: MetadataEntry[] = [{ path: "build/a", mode: 0o644, size: 1, mtime: "0" }];
  const link: Crafted = { name: "build/b", type: "1", link: "build/a" };

  it.each<[string, (readonly [Crafted[], Partial<LayerIndex>?])[], string]>([
    ["without a file", [[[]], [[], { metadata }]], "no earlier layer has its contents"],
    ["in the first layer", [[[file], { metadata }]], "its layer has this path twice"],
    ["that occur twice", [[[file]], [[], { metadata: [...metadata, ...metadata] }]], "this path twice"],
    ["of a removed file", [[[file]], [[], { removed: ["build/a"] }], [[], { metadata }]], "no earlier layer"],
    [
      "of a file that the layer removes",
      [[[file]], [[], { metadata, removed: ["build/a"] }]],
      "no earlier layer",
    ],
    ["of a directory", [[[{ name: "build/a", type: "5" }]], [[], { metadata }]], "not a regular file"],
    [
      "of a symlink",
      [[[{ name: "build/a", type: "2", link: "x" }]], [[], { metadata }]],
      "not a regular file",
    ],
    [
      "of a hard link",
      [
        [
          [
            { ...file, name: "build/b" },
            { ...link, name: "build/a", link: "build/b" },
          ],
        ],
        [[], { metadata }],
      ],
      "not a regular file",
    ],
    ["of another size", [[[{ ...file, contents: "12" }]], [[], { metadata }]], "its size differs"],
    [
      "of a file to which an earlier layer has links",
      [[[file, link]], [[], { metadata }]],
      "a hard link to a missing file",
    ],
    [
      "of a file to which a later layer has links",
      [[[file]], [[], { metadata }], [[link]]],
      "a hard link to a missing file",
    ],
  ])("%s", async (_, layers, message) => {
    const target = makeRig();
    const sources = layers.map(([files, changes], i) => {
      const directory = `${target.directory}/${i}`;
      bash("/", `mkdir ${directory}`);
      return craftLayer(directory, files, changes);
    });
    expect(() => flattenLayers(sources.map(({ index }) => index))).toThrow(message);
    await expect(restoreLayers(sources, target.roots, tar)).rejects.toMatchObject({ code: "refused" });
    expect(leftIn(target)).toEqual([]);
    target.remove();
  });
});
