import { chmodSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { restoreLayers } from "../../../runtime/layer/restore.ts";
import { makeRig } from "../../tree/rig.ts";
import { bash, describeRoots, leftIn, makeChain, tar, unprivileged } from "../rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

/** Enough files for several tar processes. */
const many = "mkdir -p many/{1..20}; for i in {1..1000}; do echo $i > many/$((i % 20 + 1))/$i; done";

async function roundTrip(...scripts: string[]) {
  bash(chain.origin.build, [many, ...scripts].join("\n"));
  await chain.save();
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
}

/** Files whose order matters: contents of read-only directories, hard links, large files, times of directories. */
const kinds = String.raw`
  for i in {1..20}; do ln many/$i/* 2>/dev/null many/1/ || :; done
  mkdir -p links; for i in {1..40}; do ln many/2/1 links/$i; ln -s ../many/2/1 links/s$i; done; ln links/s1 links/h1
  head -c 9000000 /dev/urandom > random; yes | head -c 20000000 > text; truncate -s 3M hole; echo end >> hole
  mkdir -p empty/{1..30} odd/$'\xff\n'; mkfifo odd/p; echo 1 > odd/$'\xff\n'/f
  find . -depth -mindepth 1 -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
  mkdir -p closed/d; echo 1 > closed/d/f; touch -d @7.5 closed/d; chmod 0555 closed/d closed; chmod 1777 odd`;

it("restores everything with several tar processes", async () => {
  await roundTrip(kinds);
});

it("restores everything for an unprivileged user, whatever the umask", async () => {
  const before = process.umask(0o077);
  try {
    await unprivileged(() => roundTrip(kinds));
  } finally {
    process.umask(before);
  }
});

it("restores files of earlier and later layers than their directories", async () => {
  const { build } = chain.origin;
  bash(build, many);
  await chain.save();
  bash(
    build,
    "mkdir -p new/a; echo 1 > many/3/new; echo 2 > many/4/4; rm -r many/5; touch -d @5 many/6 many",
  );
  await chain.save();
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
});

it("restores paths that are too long as absolute paths", async () => {
  await roundTrip("d=$(printf 'p%.0s' {1..200}); for i in {1..19}; do mkdir $d; cd $d; done; echo 1 > f");
});

it("leaves nothing behind when one of several processes fails", async () => {
  bash(chain.origin.build, many);
  await chain.save();
  const target = makeRig();
  const count = Math.min(4, availableParallelism()) + 1;
  try {
    for (let failing = 1; failing <= count; failing++) {
      const wrapper = join(target.directory, `tar-${failing}`);
      // mkdir numbers the processes.
      writeFileSync(
        wrapper,
        `#!/bin/sh
        i=1; while ! mkdir "$0.$i" 2>/dev/null; do i=$((i + 1)); done
        [ $i != ${failing} ] || { head -c 2000 >/dev/null; echo "it is full" >&2; exit 2; }
        exec ${tar} "$@"`,
      );
      chmodSync(wrapper, 0o755);
      await expect(restoreLayers(chain.layers, target.roots, wrapper)).rejects.toThrow("it is full");
      expect(leftIn(target)).toEqual([]);
    }
    await restoreLayers(chain.layers, target.roots, tar);
    expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
  } finally {
    target.remove();
  }
});
