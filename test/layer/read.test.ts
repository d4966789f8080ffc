import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEntry } from "../../runtime/layer/read.ts";
import { expandSparse } from "../../runtime/layer/tar/sparse.ts";
import { bash, makeChain } from "./rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

const read = (path: string) =>
  Buffer.concat([...readEntry(chain.layers, path)].map((piece) => Buffer.from(piece)));

it("reads a file from the newest layer that has it", async () => {
  bash(chain.origin.build, "mkdir d; echo 1 > d/a; echo 1 > d/b");
  await chain.save();
  bash(chain.origin.build, "echo 2 > d/b");
  await chain.save();
  expect(read("build/d/a").toString()).toBe("1\n");
  expect(read("build/d/b").toString()).toBe("2\n");
});

it.each(["", "head -c 3000000 /dev/urandom > 0;"])(
  "reads files of all sizes around blocks and frames",
  async (before) => {
    const sizes = [0, 1, 511, 512, 513, 4194304 - 1536, 4194304, 9000000];
    bash(chain.origin.build, `${before} for s in ${sizes.join(" ")}; do head -c $s /dev/urandom > f$s; done`);
    await chain.save();
    for (const size of sizes) {
      const expected = readFileSync(join(chain.origin.build, `f${size}`));
      expect(read(`build/f${size}`).equals(expected)).toBe(true);
    }
  },
);

it("reads sparse files, holes included", async () => {
  const names = ["a", "b", "c", "d"];
  bash(
    chain.origin.build,
    `truncate -s 3M a; echo end >> a; echo begin > b; truncate -s 5M b; truncate -s 2M c
    for i in {0..60}; do printf $i | dd of=d bs=1 seek=$((i * 200000)) conv=notrunc status=none; done`,
  );
  await chain.save();
  for (const name of names) {
    expect(read(`build/${name}`).equals(readFileSync(join(chain.origin.build, name)))).toBe(true);
  }
  expect(chain.saved[0]!.plainSize).toBeLessThan(1_000_000);
});

it("reads a file through a hard link", async () => {
  bash(chain.origin.build, "echo 1 > a; ln a b");
  await chain.save();
  expect([read("build/a").toString(), read("build/b").toString()]).toEqual(["1\n", "1\n"]);
});

it("reports missing files and files that are not regular", async () => {
  bash(chain.origin.build, "mkdir d; ln -s d l; echo 1 > removed");
  await chain.save();
  bash(chain.origin.build, "rm removed");
  await chain.save();
  expect(() => read("build/none")).toThrow(expect.objectContaining({ code: "not-found" }));
  expect(() => read("build/removed")).toThrow(expect.objectContaining({ code: "not-found" }));
  for (const path of ["build/d", "build/l"]) {
    expect(() => read(path)).toThrow(expect.objectContaining({ code: "unsupported" }));
  }
});

it.each([
  ["no map", ""],
  ["no number", "x\n"],
  ["an unterminated number", "1".repeat(20)],
  ["fewer regions than stated", "2\n0\n1\n"],
  ["a region outside the file", "1\n100\n1\n"],
  ["unsorted regions", "2\n10\n1\n0\n1\n"],
  ["less contents than stated", "1\n0\n90\n"],
])("reports a sparse file as damaged with %s", (_, map) => {
  const block = Buffer.alloc(map === "" ? 0 : 512);
  block.write(map);
  const pieces = map === "" ? [] : [block];
  expect(() => [...expandSparse(pieces[Symbol.iterator](), 100)]).toThrow(
    expect.objectContaining({ code: "damaged" }),
  );
});
