import { spawnSync } from "node:child_process";
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig } from "./rig.ts";

const sample = (attributes = "") => `pkgs.stdenv.mkDerivation ({
  pname = "sample"; version = "1.0"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  buildPhase = "echo built > built"; installPhase = "mkdir $out; cp built $out";
} // { ${attributes} })`;

/** Commands that maintain a store; an administrator may run them as root. */
const commands = [
  ["gc", "--max-size", "1"],
  ["gc", "--older-than", "1d"],
  ["clear", "--all", "-y"],
  ["verify", "--read-data", "--repair"],
  ["config", "maxSize", "1G"],
  ["stats", "--zero"],
];

let folder: string;
/** A store with files of every kind. */
let model: string;
let tried = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "phasecache-planted-"));
  model = join(folder, "model");
  await using rig = await createRig();
  for (const attributes of ["", `postFixup = "touch $out/x";`]) {
    const { ok, log } = await rig.build(sample(attributes));
    expect(ok, log).toBe(true);
  }
  cpSync(rig.cache, model, { recursive: true });
  mkdirSync(join(model, "v0/blobs"), { recursive: true });
  for (const name of ["v0/blobs/x", "v1/config.json", "v1/pins/sample", "v1/tmp/blob-1", "v1/quarantine/y"]) {
    writeFileSync(join(model, name), "{}");
  }
  for (const name of ["v1/tmp/collected-1", "v1/quarantine/z", "v1/unknown"]) {
    mkdirSync(join(model, name));
    writeFileSync(join(model, name, "file"), "");
  }
  // Makes the commands run more than a year later.
  writeFileSync(
    join(folder, "later.cjs"),
    "const now = Date.now; Date.now = () => now() + 400 * 86_400_000;",
  );
});
afterAll(() => {
  console.log(`planted symlinks: ${tried} cases tried`);
  rmSync(folder, { recursive: true });
});

/** Lists paths below a directory, parents first: at most eight directories and two files of each directory. */
function placesIn(path: string, below = ""): string[] {
  const entries = readdirSync(join(path, below), { withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(below, name));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(below, name));
  return [
    ...directories.slice(0, 8).flatMap((name) => [name, ...placesIn(path, name)]),
    ...files.slice(0, 2),
  ];
}

/** Lists names, modes, owners and contents of everything below a path. */
function contents(path: string): string[] {
  const { mode, uid, gid, mtimeMs } = lstatSync(path);
  const own = `${path} ${mode.toString(8)} ${uid}:${gid}`;
  if (lstatSync(path).isSymbolicLink()) return [`${own} ${readlinkSync(path)}`];
  if (lstatSync(path).isFile()) return [`${own} ${mtimeMs} ${readFileSync(path, "latin1")}`];
  return [
    own,
    ...readdirSync(path)
      .sort()
      .flatMap((name) => contents(join(path, name))),
  ];
}

function run(store: string, args: string[]) {
  const bundle = join(project, "dist/phasecache.mjs");
  const node = ["--require", join(folder, "later.cjs"), bundle];
  return spawnSync(process.execPath, [...node, ...args, "--store", store], { encoding: "utf8" });
}

it("the commands change a store without symlinks", () => {
  const changes = commands.map((args) => {
    const store = join(folder, "store");
    cpSync(model, store, { recursive: true, preserveTimestamps: true });
    expect([0, 4]).toContain(run(store, args).status);
    const changed = contents(store).join() !== contents(model).join().replaceAll(model, store);
    rmSync(store, { recursive: true });
    return changed;
  });
  expect(changes).toEqual(commands.map(() => true));
});

it.each(commands.map((args) => [args.join(" "), args] as const))("%s never follows a symlink", (_, args) => {
  for (const place of placesIn(model)) {
    tried++;
    const store = join(folder, "store");
    const outside = join(folder, "outside");
    cpSync(model, store, { recursive: true });
    mkdirSync(outside);
    // The symlink's target has the contents of the original.
    const target = join(outside, basename(place));
    renameSync(join(store, place), target);
    symlinkSync(target, join(store, place));
    const before = contents(outside);
    const { stderr } = run(store, args);
    expect(contents(outside), `${place}: ${stderr}`).toEqual(before);
    expect(stderr, place).not.toMatch(/ at .*\.(mjs|ts):\d+/);
    rmSync(store, { recursive: true });
    rmSync(outside, { recursive: true });
  }
});
