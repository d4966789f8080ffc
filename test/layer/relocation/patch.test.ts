import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEntry } from "../../../runtime/layer/read.ts";
import { bash, describeRoots, makeChain } from "../rig.ts";

const oldOut = "0123456789abcdfghijklmnpqrsvwxyz";
const oldDev = "zyxwvsrqpnmlkjihgfdcba9876543210";
const newOut = "1".repeat(32);
const newDev = "2".repeat(32);
const seed = (hash: string) => `-frandom-seed=${hash.slice(0, 10)}`;
const patterns = [oldOut, oldDev, seed(oldOut)];
const replacements = [newOut, newDev, seed(newOut)];

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain(patterns);
});
afterEach(() => chain.remove());

const relocated = (text: string) =>
  text.replaceAll(oldOut, newOut).replaceAll(oldDev, newDev).replaceAll(seed(oldOut), seed(newOut));

/** Runs scripts, restores the result to other hashes, and expects what the scripts would make with these hashes. */
async function relocate(...scripts: string[]) {
  for (const script of scripts) {
    bash(chain.origin.build, script);
    await chain.save();
  }
  const expected = describeRoots(chain.origin.roots);
  const target = await chain.restore(replacements);
  const withoutDigests = (lines: string[]) => lines.filter((line) => !/ [0-9a-f]{64} /.test(line)).sort();
  expect(withoutDigests(describeRoots(target.roots))).toEqual(withoutDigests(expected.map(relocated)));
  return target.build;
}

it("changes contents without changing times", async () => {
  const build = await relocate(
    `echo /nix/store/${oldOut}-x > a; echo ${oldDev}${oldOut}${oldDev} > b; echo "${seed(oldOut)} -O2" > c`,
  );
  expect(readFileSync(join(build, "a"), "utf8")).toBe(`/nix/store/${newOut}-x\n`);
  expect(readFileSync(join(build, "b"), "utf8")).toBe(`${newDev}${newOut}${newDev}\n`);
  expect(readFileSync(join(build, "c"), "utf8")).toBe(`${seed(newOut)} -O2\n`);
});

it("changes symlink targets", async () => {
  const build = await relocate(
    `ln -s /nix/store/${oldOut}-x/bin a; ln -s $(printf 'd/%.0s' {1..100})${oldDev} b`,
  );
  expect(readlinkSync(join(build, "a"))).toBe(`/nix/store/${newOut}-x/bin`);
  expect(readlinkSync(join(build, "b"))).toContain(newDev);
});

it("changes names, also those in extended headers", async () => {
  const long = "n".repeat(90);
  await relocate(
    `mkdir -p ${oldOut}-x/${oldDev}${long}; echo 1 > ${oldOut}-x/${oldDev}${long}/f; echo 1 > ${oldOut}`,
  );
});

it("changes hard links to files with such names", async () => {
  await relocate(`echo 1 > ${oldOut}; ln ${oldOut} ${oldDev}; ln ${oldOut} $(printf 'l%.0s' {1..150})`);
});

it("changes names of sparse files", async () => {
  await relocate(`truncate -s 1M ${oldOut}; echo ${oldDev} >> ${oldOut}; truncate -s 2M ${oldOut}`);
});

it("changes paths of removed files", async () => {
  await relocate(
    `mkdir ${oldOut}; echo 1 > ${oldOut}/a; echo 1 > ${oldOut}/b`,
    `rm ${oldOut}/a; echo 2 > ${oldOut}/b`,
  );
});

it("changes patterns across the boundary of two frames", async () => {
  const size = 4 << 20;
  for (const [name, shift] of [
    ["a", 1],
    ["b", 16],
    ["c", 31],
  ] as const) {
    bash(
      chain.origin.build,
      `head -c ${size - shift} /dev/zero > ${name}; echo ${oldOut} >> ${name}; head -c ${size} /dev/zero >> ${name}`,
    );
  }
  bash(chain.origin.build, `yes ${oldDev}-${oldOut} | head -c 13000000 > d`);
  const build = await relocate("true");
  expect(chain.saved[0]!.index.frames.length).toBeGreaterThan(5);
  for (const name of ["a", "b", "c", "d"]) {
    const expected = relocated(readFileSync(join(chain.origin.build, name), "latin1"));
    expect(readFileSync(join(build, name), "latin1") === expected).toBe(true);
  }
});

it("finds a pattern at every offset around a boundary", async () => {
  // Each file has one more byte before the pattern, so that some pattern ends at each offset around the block's end.
  const frame = 4 << 20;
  bash(chain.origin.build, `head -c ${frame - 1536 - 512} /dev/zero > 0`);
  for (let shift = 0; shift < 32; shift++) {
    bash(
      chain.origin.build,
      `head -c ${400 + shift} /dev/zero | tr '\\0' x > f${shift}; printf ${oldOut} >> f${shift}`,
    );
  }
  const build = await relocate("true");
  for (let shift = 0; shift < 32; shift++) {
    expect(readFileSync(join(build, `f${shift}`), "utf8").endsWith(newOut)).toBe(true);
  }
});

it("changes nothing for the same hashes, but records relocations", async () => {
  bash(chain.origin.build, `echo ${oldOut} > ${oldOut}; ln -s ${oldDev} l`);
  await chain.save();
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
  expect(chain.layers[0]!.index.relocations.length).toBeGreaterThanOrEqual(3);
});

it("applies to the contents of a single file", async () => {
  bash(chain.origin.build, `echo x${oldOut} > a; echo ${oldDev} > ${oldOut}`);
  await chain.save();
  const layers = chain.layers.map((layer) => ({ ...layer, replacements }));
  const read = (path: string) => Buffer.concat([...readEntry(layers, path)]).toString();
  expect(read("build/a")).toBe(`x${newOut}\n`);
  expect(read(`build/${newOut}`)).toBe(`${newDev}\n`);
});

it("combines layers of builds with different hashes", async () => {
  await relocate(`mkdir ${oldOut}; echo 1 > ${oldOut}/a; echo 1 > ${oldOut}/b`);
  const second = makeChain(replacements);
  bash(second.origin.build, `mkdir ${newOut}; echo 1 > ${newOut}/a; echo ${newOut} > ${newOut}/b`);
  await second.save();
  // Simulates a second build that has restored the first one's layer and changed a file.
  const index = second.layers[0]!.index;
  const changed = {
    ...second.layers[0]!,
    index: { ...index, entries: index.entries.filter(({ path }) => path.endsWith("b")) },
  };
  chain.layers[0]!.replacements = replacements;
  chain.layers.push(changed);
  const newest = ["3".repeat(32), newDev, seed("3".repeat(32))];
  const { build } = await chain.restore(newest);
  expect(bash(build, `cat ${newest[0]}/a ${newest[0]}/b`)).toBe(`1\n${newest[0]}\n`);
  second.remove();
  chain.layers.pop();
});

it("reports a layer as damaged if a relocation's offset does not hold its pattern", async () => {
  bash(chain.origin.build, `echo ${oldOut} > a`);
  await chain.save();
  const [layer] = chain.layers;
  const [{ offset, pattern }] = layer!.index.relocations as [{ offset: number; pattern: number }];
  layer!.index.relocations = [{ offset: offset + 1, pattern }];
  await expect(chain.restore(replacements)).rejects.toMatchObject({ code: "damaged" });
  layer!.index.relocations = [{ offset, pattern: 7 }];
  await expect(chain.restore(replacements)).rejects.toMatchObject({ code: "damaged" });
});
