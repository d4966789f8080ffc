import { statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bash, makeChain } from "./rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
/** In milliseconds; these tests write much data. */
const timeout = 600_000;
afterEach(() => chain.remove(), timeout);

it("refuses to save paths of more than 4,095 bytes", async () => {
  const deep = "d=$(printf 'p%.0s' {1..200}); for i in {1..25}; do mkdir -p $d; cd $d; done; echo 1 > f";
  bash(chain.origin.build, deep);
  await expect(chain.save()).rejects.toThrow(/^build\/p+….* path is too long$/);
  expect(chain.layers).toEqual([]);
  // fs.rm can't remove it.
  bash(chain.origin.build, "rm -r ./*");
});

/** Returns all differences between two directories that find and diff detect, including times to the nanosecond. */
function differences(a: string, b: string): string {
  const list =
    "find . -mindepth 1 -printf '%p %y %m %T@' '(' -type f -printf ' %s' -o -true ')' -printf '\\n' | sort";
  return bash("/", `diff <(cd ${a}; ${list}) <(cd ${b}; ${list}) || :; diff -rq ${a} ${b} || :`);
}

/** 20,000 files, 100,000 in the nightly mode; the growth rows of the benchmark have 200,000. */
const folders = process.env.PHASECACHE_NIGHTLY ? 100 : 20;

it(`restores ${folders} directories of 1,000 files`, { timeout }, async () => {
  bash(
    chain.origin.build,
    `for d in {1..${folders}}; do mkdir $d; printf '%s\\n' {0..999} | (cd $d; split -l 1 -a 3 -d - f); done`,
  );
  await chain.save();
  expect(chain.saved[0]!.index.entries.length).toBe(folders * 1001);
  const target = await chain.restore();
  expect(differences(chain.origin.build, target.build)).toBe("");
});

const size = 5 * 2 ** 30;
const { bavail, bsize } = statfsSync(tmpdir());
const hasSpace = bavail * bsize > 3 * size;

it.skipIf(!hasSpace)(
  "restores a file of 5 GiB (skipped if the temporary directory has less than 15 GiB free)",
  { timeout },
  async () => {
    const marks = [0, 2 ** 31 - 3, 2 ** 32 - 3, size - 6].map(
      (at) =>
        `printf 'mark%s' ${at % 97} | dd of=large bs=6 seek=${at} oflag=seek_bytes conv=notrunc status=none`,
    );
    bash(chain.origin.build, [`head -c ${size} /dev/zero > large`, ...marks].join("; "));
    expect(statSync(join(chain.origin.build, "large"))).toMatchObject({
      size,
      blocks: expect.toSatisfy((blocks) => blocks * 512 >= size),
    });
    await chain.save();
    const target = await chain.restore();
    expect(differences(chain.origin.build, target.build)).toBe("");
  },
);
