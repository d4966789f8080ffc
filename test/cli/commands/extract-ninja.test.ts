import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeBuild } from "../rig/builds.ts";
import { hasProgram, useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, save } from "../rig/example.ts";
import { stateOf } from "../rig/state.ts";

const run = useCommand();
const ninja = spawnSync("which", ["ninja"], { encoding: "utf8" }).stdout.trim();
const outputs = { out: "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello-1.0" };
const relocated = { out: "/nix/store/zyxwvsrqpnmlkjihgfdcba9876543210-hello-1.0" };

/** Two commands that name the output, one of them in a response file; `generated` has no inputs. */
const buildFile = `
rule compile
  command = cp $in $out && : -DPREFIX=OUT
rule link
  command = cat $in > $out && : @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in_newline -LOUT/lib
rule make
  command = echo OUT > $out
build a.o: compile a.c
build app: link a.o
build generated: make
default app generated
`;

/** Saves a build under other output hashes than those it ran ninja with; `PATH` is its shell's. */
async function makeMoved(PATH: string) {
  const store = makeStore();
  const { state, initial } = stateOf(store, { setup: `PATH=${PATH}`, cwd: "/build/src" });
  const script = `mkdir src; cd src; echo a > a.c; cat > build.ninja <<'END'\n${buildFile}END\nsed -i "s|OUT|$path|" build.ninja; ninja`;
  const layers = await makeBuild(store, outputs).run(script);
  save(store, { layers, initial, outputs: relocated }, { state });
  return store;
}

const hasNinja = hasProgram("ninja");
const path = process.env.PATH ?? "";

it.skipIf(!hasNinja)("in a shell with relocated files ninja rebuilds nothing (needs ninja)", async () => {
  const store = await makeMoved(path);
  const shell = (command: string, PATH = path) =>
    run(["shell", "hello", "-c", command, "--store", store.root], { env: { PATH } });
  const done = shell("grep -c zyxwvs build.ninja; ninja");
  expect(done).toMatchObject({ status: 0, stderr: expect.not.stringContaining("ninja") });
  expect(done.stdout).toMatch(/^3\n.*no work to do/s);
  expect(shell("echo b > a.c; ninja").stdout).toContain("[2/2]");
  const bin = makeFolder();
  writeFileSync(join(bin, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect(shell("ninja", `${bin}:${path}`).stdout).toContain("no work to do");
});

it.skipIf(!hasNinja)(
  "in an extracted directory the user's own ninja rebuilds nothing (needs ninja)",
  async () => {
    // Programs that a build may have put into its PATH are not run.
    const foreign = makeFolder({ ninja: "#!/bin/sh\n: > ran\nexit 1\n" });
    spawnSync("chmod", ["+x", join(foreign, "ninja")]);
    const store = await makeMoved(`${foreign}:${path}`);
    const folder = makeFolder();
    const extract = (name: string, PATH: string) => {
      const directory = join(folder, name);
      const args = ["extract", "hello", directory, "--store", store.root];
      const { status, stderr } = run(args, { env: { PATH } });
      const src = join(directory, "build/src");
      const built = spawnSync(ninja, ["-C", src], { encoding: "utf8" });
      return { status, stderr, src, built: built.stdout };
    };
    const known = extract("known", path);
    expect(known).toMatchObject({ status: 0, stderr: "", built: expect.stringContaining("no work to do") });
    const unknown = extract("unknown", makeFolder());
    expect(unknown).toMatchObject({ status: 0, built: expect.stringContaining("[3/3]") });
    expect(unknown.stderr).toBe(
      `phasecache: ${unknown.src}: cannot update ninja's log without ninja in PATH; ninja may rebuild targets\n`,
    );
  },
);

it.skipIf(!hasNinja)("a ninja log that is a symlink is left alone (needs ninja)", async () => {
  const store = makeStore();
  const victim = join(makeFolder({ victim: "# ninja log v6\n" }), "victim");
  const script = `mkdir src; cd src; ln -s ${victim} .ninja_log; echo $path > build.ninja`;
  save(store, { layers: await makeBuild(store, outputs).run(script), outputs: relocated });
  const directory = join(makeFolder(), "new");
  const args = ["extract", "hello", directory, "--store", store.root];
  // The file is not touched, and no message names it.
  expect(run(args, { env: { PATH: path } }).stderr).not.toContain("ninja");
  expect(readFileSync(victim, "utf8")).toBe("# ninja log v6\n");
});
