import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compareLayers } from "../../runtime/layer/diff.ts";
import type { SourceLayer } from "../../runtime/layer/restore.ts";
import { bash, makeChain } from "./rig.ts";

const [x, y] = ["x".repeat(32), "y".repeat(32)] as const;
let one: ReturnType<typeof makeChain>;
let other: ReturnType<typeof makeChain>;
beforeEach(() => {
  one = makeChain([x]);
  other = makeChain([y]);
});
afterEach(() => {
  one.remove();
  other.remove();
});

const compare = (before: SourceLayer[], after: SourceLayer[]) =>
  compareLayers(before, after).map(({ status, path }) => `${status} ${path}`);
const relocated = (layers: SourceLayer[]) => layers.map((layer) => ({ ...layer, replacements: [y] }));

it("compares files and links by their new names", async () => {
  const make = (name: string) =>
    `mkdir ${name}; echo 1 > ${name}/f; ln ${name}/f ${name}/hard; ln -s ${name}/f soft; echo 1 > a.${name}; echo 2 > a.x`;
  bash(one.origin.build, make("tmp.1"));
  bash(other.origin.build, make("tmp.2"));
  await one.save();
  await other.save();
  const rename = (path: string) => path.replace(/\btmp\.[12]\b/, "tmp").replace(/\ba\.tmp|a\.x/, "a");
  const differences = compareLayers(relocated(one.layers), other.layers, rename);
  // These files would have the same name, a, and keep theirs.
  expect(differences.map(({ status, path }) => `${status} ${path}`)).toEqual([
    "- build/a.tmp.1",
    "+ build/a.tmp.2",
  ]);
});

it("reports additions, removals and changes between two layers of a build", async () => {
  bash(
    one.origin.build,
    `mkdir d gone; echo 1 > gone/f; echo same > same; echo 12 > equal; echo 1 > longer; echo 1 > mode
     echo 1 > type; ln -s a link; mkfifo fifo; echo 1 > one; ln one two; touch -d @1 equal`,
  );
  await one.save();
  const before = [...one.layers];
  bash(
    one.origin.build,
    `rm -r gone type; ln -s x type; echo 21 > equal; touch -d @1 equal; echo longer > longer; chmod +x mode
     ln -sfn b link; touch same fifo d; echo new > d/new; rm two; cp one two`,
  );
  await one.save();
  const changes = [
    "+ build/d/new",
    "M build/equal",
    "- build/gone",
    "- build/gone/f",
    "M build/link",
    "M build/longer",
    "U build/mode",
    "U build/two",
    "T build/type",
  ];
  expect(compare(before, one.layers)).toEqual(changes);
  const swap: Record<string, string> = { "+": "-", "-": "+" };
  expect(compare(one.layers, before)).toEqual(
    changes.map((line) => (swap[line[0]!] ?? line[0]) + line.slice(1)),
  );
  expect(compare(before, before)).toEqual([]);
});

it("treats builds as equal that differ only in their own hashes", async () => {
  for (const [chain, hash] of [
    [one, x],
    [other, y],
  ] as const) {
    bash(
      chain.origin.build,
      `mkdir ${hash}; echo ${hash} > ${hash}/f; ln -s ${hash}/f l; head -c 9000000 /dev/zero > big; echo ${hash} >> big
       for i in {1..300}; do echo $i ${hash} > many$i; done`,
    );
    await chain.save();
  }
  expect(compare(relocated(one.layers), other.layers)).toEqual([]);
  expect(compare(one.layers, other.layers)).toContain("M build/big");
  bash(other.origin.build, `echo 7 ${"z".repeat(32)} > many7`);
  await other.save();
  expect(compare(relocated(one.layers), other.layers)).toEqual(["M build/many7"]);
});

it("reads no contents if offsets or sizes decide", async () => {
  bash(one.origin.build, "echo 1 > same; echo 1 > file");
  await one.save();
  const before = [...one.layers];
  bash(one.origin.build, "echo longer > file");
  await one.save();
  const fd = openSync(devNull, "r");
  try {
    const unreadable = (layers: SourceLayer[]) => layers.map((layer) => ({ ...layer, fd }));
    expect(compare(unreadable(before), unreadable(one.layers))).toEqual(["M build/file"]);
  } finally {
    closeSync(fd);
  }
});
