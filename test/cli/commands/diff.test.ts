import { expect, it } from "vitest";
import type { Outputs } from "../../../runtime/key/derivation/outputs.ts";
import { makeBuild } from "../rig/builds.ts";
import { useCommand } from "../rig/command.ts";
import { makeStore, noChange, save } from "../rig/example.ts";

const run = useCommand();
const outputs = (hash: string): Outputs => ({ out: `/nix/store/${hash}-hello-1.0` });
const one = outputs("hyaahkilvzqj1g0b56j2zdr8pykdcrlk");
const other = outputs("vprqpp5asmqs1pznh3kkmpdbfs6r1njy");
const text = (value: string) => ({ attributes: "", value: { kind: "string", text: value } });
const changed = (name: string, before: unknown, after: unknown) => ({ name, before, after });

/** Saves two phases of one build. */
async function twoPhases() {
  const store = makeStore();
  const build = makeBuild(store, one);
  const first = await build.run(
    "mkdir d; printf 12 > d/a; echo 1 > gone; echo 1 > mode; chmod 644 mode; ln -s a l; echo 1 > t",
  );
  const before = save(store, { phaseIndex: 1, layers: first });
  const second = await build.run(
    "head -c 2050 /dev/zero > d/a; rm gone t; mkdir t; chmod 755 mode; ln -sfn b l; mkdir -p $out/bin; echo hi > $out/bin/hi",
  );
  const variables = [changed("flags", text("-a"), text("-b")), changed("new", null, text("1"))];
  const after = save(store, { layers: second }, { state: { ...noChange, variables } });
  return { store, before, after, at: ["--store", store.root] };
}

it("shows how a phase changed files and state", async () => {
  const { before, after, at } = await twoPhases();
  const names = `from ${before.id} (hello/configurePhase, 3 days ago)\nto   ${after.id} (hello/buildPhase, 3 days ago)\n`;
  expect(run(["diff", "hello/configurePhase", "hello/buildPhase", ...at])).toEqual({
    status: 0,
    stderr: "",
    stdout: `${names}M  +2.0 KiB  d/a
-      -2 B  gone
M       0 B  l: a -> b
U       0 B  mode: 0644 -> 0755
T      -2 B  t: file -> directory
+       0 B  $out/
+       0 B  $out/bin/
+      +3 B  $out/bin/hi
M  variable flags: -a -> -b
+  variable new: 1
files: 3 added (+3 B), 1 removed (-2 B), 4 changed (+2.0 KiB); state: 2 different
`,
  });
  expect(
    run(["diff", before.id, after.id, "--stat", ...at]).stdout,
  ).toBe(`${names}ROOT   ADDED  REMOVED  CHANGED     BYTES
build      0        1        4  +2.0 KiB
$out       3        0        0      +3 B
state      1        0        1
files: 3 added (+3 B), 1 removed (-2 B), 4 changed (+2.0 KiB); state: 2 different
`);
});

it("sets its status to whether anything differs with --exit-code", async () => {
  const { before, after, at } = await twoPhases();
  expect(run(["diff", before.id, after.id, "--exit-code", ...at]).status).toBe(1);
  const same = run(["diff", before.id, before.id, "--exit-code", ...at]);
  expect(same).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringMatching(/\nno differences\n$/),
  });
  expect(run(["diff", before.id, "nothing", ...at]).status).toBe(1);
  expect(run(["diff", before.id, ...at]).status).toBe(2);
});

it("finds no differences if only the hash of $out differs, in files and in the state", async () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const [first, second] = await Promise.all(
    [one, other].map(async (own) => {
      const layers = await makeBuild(store, own).run('echo "$path" > f; ln -s "$path/bin" l; mkdir -p $out');
      const variables = [changed("prefix", null, text(own.out!))];
      return save(store, { layers, outputs: own }, { state: { ...noChange, variables } });
    }),
  );
  expect(run(["diff", first!.id, second!.id, "--exit-code", ...at])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("no differences"),
    stderr: "",
  });
});

it("prints a document", async () => {
  const { before, after, at } = await twoPhases();
  const document = JSON.parse(run(["diff", before.id, after.id, "--json", ...at]).stdout);
  expect(document).toMatchObject({
    schema: 1,
    before: before.id,
    after: after.id,
    totals: { added: 3, removed: 1, changed: 4, addedBytes: 3, removedBytes: -2, changedBytes: 2046 },
  });
  expect(document.files).toContainEqual({
    status: "M",
    path: "l",
    before: { type: "symlink", mode: 0o777, bytes: 0, target: "a" },
    after: { type: "symlink", mode: 0o777, bytes: 0, target: "b" },
  });
  expect(document.state).toContainEqual({
    status: "+",
    kind: "variable",
    name: "new",
    before: null,
    after: "1",
  });
});

it("names files as cat takes them, escaped", async () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const build = makeBuild(store, one);
  const empty = save(store, { phaseIndex: 0, layers: await build.run("mkdir x") });
  const layers = await build.run("echo 1 > '$out'; echo 2 > $'a\\e[31m\\x9b'; mkdir $out; echo 3 > $out/f");
  const full = save(store, { layers });
  const { stdout } = run(["diff", empty.id, full.id, ...at]);
  const names = [...stdout.matchAll(/^\+ .* B {2}(.*)$/gm)].map(([, name]) => name);
  expect(names).toEqual(["./$out", expect.stringMatching(/^a\\x1b\[31m/), "$out/", "$out/f"]);
  expect(stdout).not.toMatch(/[^\n\x20-\x7e\ufffd]/);
  expect(run(["cat", full.id, "./$out", ...at]).stdout).toBe("1\n");
  expect(run(["cat", full.id, "$out/f", ...at]).stdout).toBe("3\n");
});
