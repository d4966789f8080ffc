import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { blobPath } from "../../../runtime/store/layout.ts";
import { bash } from "../../layer/rig.ts";
import { useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, outputs, save } from "../rig/example.ts";
import { layerOf } from "../rig/layer.ts";
import { stateOf } from "../rig/state.ts";

const run = useCommand();

/** Runs a script in a bash that has sourced a directory's env.sh. */
function inside(directory: string, script: string, env: Record<string, string> = {}) {
  const command = `. ${directory}/env.sh\n${script}`;
  const options = { encoding: "utf8", env: { PATH: process.env.PATH, ...env } } as const;
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-c", command], options);
  return { status, stdout, stderr };
}

it("extracts the build directory, the outputs and the state into a directory", async () => {
  const store = makeStore();
  const layers = [
    await layerOf(store, "mkdir -p src/old; touch -d @1000000000.123456789 src/main; chmod 640 src/main"),
    await layerOf(
      store,
      "mkdir -p src ../outputs/x-1.0/bin; echo new > src/new; echo x > ../outputs/x-1.0/bin/x",
    ),
  ];
  const { state, initial } = stateOf(store, {
    setup: `export NIX_BUILD_TOP=/build out=${outputs.out} PATH FLAGS="-I/build/inc -L${outputs.out}/lib /usr/build"
      runPhase() { echo "run $1 in $PWD"; }; set -e; shopt -s nullglob; unset OLDPWD`,
    phase:
      "umask 077; list=('a  b' c); IFS=:; declare -gA map=([k]=v); FLAGS+=' more'; old() { :; }; unset -f old",
    cwd: "/build/src",
    files: { ".attrs.json": "{}", ".attr-0text": "some text", other: "" },
  });
  const { id } = save(store, { layers, initial }, { state });
  const directory = join(makeFolder(), "new/place");
  const { status, stdout, stderr } = run(["extract", id, directory, "--store", store.root]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^7 files, [\d.]+ KiB\n$/);
  expect(readdirSync(directory)).toEqual(["build", "env.sh", "outputs"]);
  expect(readdirSync(join(directory, "build"))).toEqual([".attr-0text", ".attrs.json", "src"]);
  expect(statSync(join(directory, "build/src/main"), { bigint: true }).mtimeNs).toBe(1000000000123456789n);
  expect(readFileSync(join(directory, "outputs/out/bin/x"), "utf8")).toBe("x\n");
  const script = `declare -p FLAGS list map IFS; umask; runPhase buildPhase; echo "$-"; shopt nullglob; declare -p FOREIGN HOME; cat "$NIX_BUILD_TOP/.attr-0text"`;
  const shell = inside(directory, `set +e\n${script}`, { FOREIGN: "1", HOME: "/root" });
  expect(
    shell.stdout,
  ).toBe(`declare -x FLAGS="-I${directory}/build/inc -L${directory}/outputs/out/lib /usr/build more"
declare -a list=([0]="a  b" [1]="c")
declare -A map=([k]="v" )
declare -- IFS=":"
0077
run buildPhase in ${directory}/build/src
hBc
nullglob       \ton
some text`);
  expect(shell.stderr).toContain("FOREIGN: not found");
  expect(inside(directory, "false; echo on")).toMatchObject({ status: 1, stdout: "" });
});

it("prints the paths as a document", async () => {
  const store = makeStore();
  const header = save(store, { layers: [await layerOf(store, "echo 1 > a")], ...stateOf(store) });
  const directory = makeFolder();
  const { stdout } = run(["extract", "hello", directory, "--json", "--store", store.root]);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    id: header.id,
    directory,
    environment: join(directory, "env.sh"),
    roots: { build: join(directory, "build"), "outputs/out": join(directory, "outputs/out") },
    files: 1,
    bytes: expect.any(Number),
    problems: [],
  });
});

it("extracts snapshots without an initial state, and says what is missing", async () => {
  const store = makeStore();
  save(store, { layers: [await layerOf(store, "echo 1 > a")] });
  const directory = join(makeFolder(), "new");
  const { status, stderr } = run(["extract", "hello", directory, "--store", store.root]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^phasecache: saved by an older version of phasecache: .*stdenv's functions\n$/);
  expect(inside(directory, "pwd")).toEqual({ status: 0, stdout: `${directory}/build\n`, stderr: "" });
});

it("reports that the working directory of the state does not exist", async () => {
  const store = makeStore();
  const { state, initial } = stateOf(store, { cwd: "/build/gone" });
  save(store, { layers: [await layerOf(store, "mkdir other")], initial }, { state });
  const directory = join(makeFolder(), "new");
  run(["extract", "hello", directory, "--store", store.root]);
  const { stderr } = inside(directory, "");
  expect(stderr).toBe(`phasecache: cannot restore the shell state; does ${directory}/build/gone exist?\n`);
});

it("refuses a directory that is not empty, and leaves it alone", async () => {
  const store = makeStore();
  save(store, { layers: [await layerOf(store, "echo 1 > a")] });
  const directory = makeFolder({ mine: "mine" });
  const at = ["--store", store.root];
  for (const path of [directory, join(directory, "mine"), join(directory, "mine/below")])
    expect(run(["extract", "hello", path, ...at])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("is not an empty directory"),
    });
  expect(readFileSync(join(directory, "mine"), "utf8")).toBe("mine");
});

it("leaves nothing behind when a layer is damaged", async () => {
  const store = makeStore();
  const layer = await layerOf(store, "seq 1000 > a");
  save(store, { layers: [layer] });
  const bytes = readFileSync(blobPath(store, layer.digest));
  bytes[40]! ^= 1;
  writeFileSync(blobPath(store, layer.digest), bytes);
  const folder = makeFolder();
  const given = makeFolder();
  for (const directory of [join(folder, "a/b"), given])
    expect(run(["extract", "hello", directory, "--store", store.root])).toMatchObject({
      status: 1,
      stdout: "",
    });
  expect([...readdirSync(folder), ...readdirSync(given)]).toEqual([]);
});

it("stays inside the directory whatever the output names, and runs no stored code", async () => {
  const store = makeStore();
  const folder = makeFolder();
  const layers = [await layerOf(store, "echo 1 > a")];
  save(store, { layers, outputs: { ...outputs, "../../escaped": outputs.out } });
  expect(run(["extract", "hello", join(folder, "a"), "--store", store.root])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('invalid output name "../../escaped"'),
  });
  expect(readdirSync(folder)).toEqual([]);
  const text = `f () \n{ \n    :\n}\ntouch ${folder}/ran`;
  const functions = [{ name: "f", before: null, after: { attributes: "", text } }];
  const { state, initial } = stateOf(store);
  save(store, { layers, initial, package: "bad" }, { state: { ...state, functions } });
  expect(run(["extract", "bad", join(folder, "b"), "--store", store.root]).status).toBe(0);
  inside(join(folder, "b"), "");
  expect(existsSync(join(folder, "ran"))).toBe(false);
  expect(bash(folder, "ls")).toBe("b\n");
});
