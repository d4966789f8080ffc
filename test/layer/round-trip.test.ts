import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bash, describeRoots, makeChain, sha256Of } from "./rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

const stamp = `find . -depth -mindepth 1 -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +`;

/** Runs a script in the build directory, saves the result, restores it elsewhere, and compares everything. */
async function roundTrip(script: string) {
  bash(chain.origin.build, script);
  await chain.save();
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
  return target;
}

it("keeps files, directories, and their times to the nanosecond", async () => {
  const { build } = await roundTrip(
    `mkdir -p a/b/c; echo 1 > a/f; echo 2 > a/b/c/f; mkdir empty; ${stamp}; touch -d @1.999999999 a/f`,
  );
  expect(execFileSync("stat", ["-c", "%.9Y", join(build, "a/f")], { encoding: "utf8" }).trim()).toBe(
    "1.999999999",
  );
});

it("keeps times before 1970, at 0, in the far future, and without a fraction", async () => {
  await roundTrip(
    "touch -d '1960-01-01 00:00:00.5' a; touch -d @0 b; touch -d @-0.25 c; touch -d '2300-01-01' d; touch -d @1600000000 e",
  );
});

it("keeps modes, whatever the umask", async () => {
  const before = process.umask(0o077);
  try {
    await roundTrip(
      "for m in 0400 0111 0000 0666 0777 1644; do touch $m; chmod $m $m; mkdir d$m; chmod $m d$m; done",
    );
  } finally {
    process.umask(before);
  }
});

it("keeps the contents of read-only directories, and their times", async () => {
  await roundTrip(`mkdir -p d/e; echo 1 > d/e/f; ${stamp}; chmod 0555 d/e d`);
});

it("keeps symlinks: dangling, absolute, upwards, to directories, and their own times", async () => {
  await roundTrip(`mkdir d; ln -s nowhere a; ln -s /etc/passwd b; ln -s ../../../x c; ln -s d e; ${stamp}`);
});

it("keeps 140 hard links to one file, in several directories", async () => {
  const { build } = await roundTrip(`mkdir d e; head -c 100000 /dev/urandom > d/1
    for i in {2..140}; do ln d/1 $([ $((i % 2)) = 0 ] && echo d || echo e)/$i; done`);
  expect(statSync(join(build, "e/139")).ino).toBe(statSync(join(build, "d/140")).ino);
  expect(chain.saved[0]!.plainSize).toBeLessThan(100000 + 141 * 2048);
});

it("keeps hard links to symlinks", async () => {
  await roundTrip("ln -s x a; ln -P a b");
});

it("keeps fifos, and leaves sockets out", async () => {
  const server = createServer().listen(join(chain.origin.build, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  bash(chain.origin.build, "mkfifo p; touch f");
  await chain.save();
  server.close();
  const { build } = await chain.restore();
  expect(bash(build, "ls").trim().split("\n")).toEqual(["f", "p"]);
  expect(statSync(join(build, "p")).isFIFO()).toBe(true);
});

it("keeps holes: at the beginning, in the middle, at the end, and in a file without data", async () => {
  const { build } = await roundTrip(`truncate -s 3M a; echo end >> a
    echo begin > b; truncate -s 5M b; printf x | dd of=b bs=1 seek=2M conv=notrunc status=none
    truncate -s 40M c; ln a d; mkdir s; cp --sparse=always b "s/$(printf 'n%.0s' {1..200})"`);
  expect(statSync(join(build, "c")).blocks).toBe(0);
  expect(chain.saved[0]!.plainSize).toBeLessThan(200_000);
});

it("keeps unusual names", async () => {
  const long = "l".repeat(255);
  await roundTrip(String.raw`touch -- $'new\nline' -dash --checkpoint=1 '*' '[a]' 'back\slash' '\n' $'\xff\xfe' ' ' '"' "'" é @x
    touch '#' '%s' '{}' '&' 's,a,b,' x=y '.wh' ${long}; mkdir -p ${long.slice(1)}/${long.slice(1)}
    ln -s ${"t".repeat(3000)} link; ln ' ' hard; mkdir $'d\n\xff'; touch $'d\n\xff/\n'`);
});

const whiteouts = `mkdir -p .wh.d/.wh..wh..opq .escaped; echo 1 > .wh.d/f; echo 2 > .wh.d/.wh..wh..opq/.wh.; ln .wh.d/f .wh.link
  touch .escaped/.wh.a .escaped.wh.a .escaped.escaped.wh.a x.wh.a .wh .wh.${"n".repeat(251)}; ln -s .wh.d/f s
  truncate -s 2M .wh.sparse; echo end >> .wh.sparse; chmod 0555 .wh.d; ${stamp}`;

it("keeps names that look like whiteouts", async () => {
  await roundTrip(whiteouts);
  bash(
    chain.origin.build,
    "chmod u+w .wh.d; rm -r .wh.link .wh.d/.wh..wh..opq .escaped.wh.a; echo 3 > .wh.d/f",
  );
  await roundTrip("true");
});

it("keeps such names among a thousand files", async () => {
  await roundTrip(`mkdir .wh.many; touch .wh.many/{1..1100} .wh.many/.wh.{1..50}; ${whiteouts}`);
});

it("keeps names around the length at which tar uses extended headers", async () => {
  await roundTrip(
    "for i in {88..100} {150..160}; do touch $(printf 'n%.0s' $(seq $i)); ln -s $(printf 't%.0s' $(seq $i)) l$i; done",
  );
});

it("keeps paths of nearly 4,096 bytes", async () => {
  await roundTrip(`d=$(printf 'p%.0s' {1..200}); for i in {1..19}; do mkdir $d; cd $d; done; echo 1 > f`);
});

it("keeps outputs: a directory, and its mode and time", async () => {
  bash(
    chain.origin.directory,
    `mkdir -p outputs/x-1.0/bin; echo 1 > outputs/x-1.0/bin/x; cd outputs; ${stamp}; chmod 0555 x-1.0`,
  );
  await roundTrip("touch f");
});

it("keeps an output that is a file", async () => {
  bash(chain.origin.directory, "echo 1 > outputs/x-1.0; chmod 0444 outputs/x-1.0");
  await roundTrip("true");
});

it("keeps an output that is a symlink", async () => {
  bash(chain.origin.directory, "ln -s build/f outputs/x-1.0");
  await roundTrip("touch f");
});

it("keeps an empty tree", async () => {
  await roundTrip("true");
});

it("keeps 5,000 small files and files of several frames", async () => {
  const script = `for d in {1..50}; do mkdir d$d; for i in {1..100}; do echo $d $i > d$d/f$i; done; done
    head -c 9000000 /dev/urandom > random; yes | head -c 20000000 > text`;
  await roundTrip(script);
  const [layer] = chain.saved;
  expect(layer!.index.frames.length).toBe(Math.ceil(layer!.plainSize / (4 << 20)));
  expect(layer!.size).toBeLessThan(layer!.plainSize / 3);
});

it("makes a blob that tar and zstd can read, with the correct digest and size", async () => {
  bash(chain.origin.build, "mkdir d; echo hello > d/f; ln -s f d/l; mkfifo d/p");
  const layer = await chain.save();
  expect(layer.digest).toBe(sha256Of(layer.path));
  expect(layer.size).toBe(statSync(layer.path).size);
  expect(bash("/", `zstd -dc ${layer.path} | wc -c`).trim()).toBe(String(layer.plainSize));
  const listing = bash("/", `tar --zstd -tvf ${layer.path}`).trim().split("\n").sort();
  expect(listing.map((line) => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d /, " "))).toEqual([
    "-rw-r--r-- 0/0 build/d/f",
    "drwxr-xr-x 0/0 build/d/",
    "lrwxrwxrwx 0/0 build/d/l -> f",
    "prw-r--r-- 0/0 build/d/p",
  ]);
});

it("has an index with each file's offsets in the stream", async () => {
  bash(chain.origin.build, "echo hello > f; truncate -s 1M s; echo x >> s");
  const { path, index } = await chain.save();
  const stream = execFileSync("zstd", ["-dc", path]);
  for (const { start, end, path: name } of index.entries) {
    expect(stream.subarray(start, end).includes(name)).toBe(true);
    expect([start % 512, end % 512]).toEqual([0, 0]);
  }
  expect(index.entries.map(({ path: name, size }) => [name, size]).sort()).toEqual([
    ["build/f", 6],
    ["build/s", (1 << 20) + 2],
  ]);
});
