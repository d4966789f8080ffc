import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Store } from "../../../runtime/store/layout.ts";
import { useCommand } from "../rig/command.ts";
import { makeFolder, makeStore, outputs, save } from "../rig/example.ts";
import { layerOf } from "../rig/layer.ts";
import { stateOf } from "../rig/state.ts";

const run = useCommand();

/** A few variables and functions like stdenv's. */
const setup = `export NIX_BUILD_TOP=/build out=${outputs.out} PATH
  installPhase() { mkdir -p "$out"; echo "$NIX_BUILD_TOP" > "$out/top"; false; echo passed; }
  runPhase() { echo "running $1"; "$1"; }; set -e; unset OLDPWD`;

/** Makes a store with one snapshot, of hello after buildPhase. */
async function makeHello(fields: Parameters<typeof save>[1] = {}): Promise<Store> {
  const store = makeStore();
  const { state, initial } = stateOf(store, { setup, phase: "built=yes", cwd: "/build/src" });
  const layers = [await layerOf(store, "mkdir src; echo made > src/made")];
  save(store, { layers, initial, ...fields }, { state });
  return store;
}

/** Returns an environment in which the command's attempts to mount fail. */
function withoutNamespaces() {
  const bin = makeFolder();
  writeFileSync(join(bin, "unshare"), "#!/bin/sh\necho 'unshare: not here' >&2\nexit 1\n", { mode: 0o755 });
  return { PATH: `${bin}:${process.env.PATH}` };
}

it("runs one command with the state, and leaves nothing behind", async () => {
  const store = await makeHello();
  const TMPDIR = makeFolder();
  const shell = (command: string) =>
    run(["shell", "hello", "-c", command, "--store", store.root], { env: { TMPDIR, FOREIGN: "1" } });
  expect(shell('echo "$built $FOREIGN $(<made) $0"; exit 7')).toMatchObject({
    status: 7,
    stdout: expect.stringMatching(/^yes {2}made .*start.sh\n$/),
  });
  expect(shell("false; echo on")).toMatchObject({ status: 1, stdout: "" });
  expect(shell("kill -TERM $$").status).toBe(143);
  expect(readdirSync(TMPDIR)).toEqual([]);
});

it("runs the words after -- unchanged, a single one as code, and passes the status on", async () => {
  const store = await makeHello();
  const shell = (...args: string[]) => run(["shell", "hello", "--store", store.root, ...args]);
  expect(shell("--", "printf", "%s|", "a b", "$built", "-j4", "--", "\u00e9")).toMatchObject({
    status: 0,
    stdout: "a b|$built|-j4|--|\u00e9|",
  });
  expect(shell("--", "bash", "-c", "exit 9").status).toBe(9);
  expect(shell("--", 'echo "$built"; exit 8')).toMatchObject({ status: 8, stdout: "yes\n" });
  expect(shell("--", "runPhase", "installPhase").status).toBe(1);
  expect(shell("-c", "true", "--", "false")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("are mutually exclusive"),
  });
});

it("uses paths of its own if nothing can be mounted, and says so", async () => {
  const store = await makeHello();
  const TMPDIR = makeFolder();
  const env = { TMPDIR, ...withoutNamespaces() };
  const command = 'pwd; runPhase installPhase || :; cat "$out/top"';
  const shell = run(["shell", "hello", "-c", command, "--keep", "--store", store.root], { env });
  const tree = join(TMPDIR, readdirSync(TMPDIR)[0]!);
  expect(shell).toEqual({
    status: 0,
    stdout: `${tree}/build/src\nrunning installPhase\npassed\n${tree}/build\n`,
    stderr: expect.stringContaining(`could not be mounted: unshare: not here; the files are in ${tree}\n`),
  });
  expect(shell.stderr).toContain(`phasecache: the files are in ${tree}\n`);
  expect(readFileSync(join(tree, "store", outputs.out.slice("/nix/store/".length), "top"), "utf8")).toBe(
    `${tree}/build\n`,
  );
});

it("sets curPhase to the phase, as in the builder between two phases", async () => {
  const show = ["-c", "declare -p curPhase", "--store"];
  const { root } = await makeHello();
  expect(run(["shell", "hello", ...show, root]).stdout).toBe('declare -- curPhase="buildPhase"\n');
  const broken = await makeHello({ phaseIndex: 3, failed: true });
  expect(run(["shell", "--failed", "hello", ...show, broken.root]).stdout).toBe(
    'declare -- curPhase="installPhase"\n',
  );
});

it("prints the path of a kept copy, with --quiet as well", async () => {
  const store = await makeHello();
  const TMPDIR = makeFolder();
  const args = ["shell", "hello", "-c", "echo done", "--keep", "-q", "--store", store.root];
  const shell = run(args, { env: { TMPDIR } });
  const tree = join(TMPDIR, readdirSync(TMPDIR)[0]!);
  expect(shell).toEqual({ status: 0, stdout: "done\n", stderr: `phasecache: the files are in ${tree}\n` });
});

it("names paths in the state that are missing on this machine", async () => {
  const store = makeStore();
  const missing = `/nix/store/${"9".repeat(32)}-missing-1.0`;
  const { state, initial } = stateOf(store, { setup: `export TOOLS="${missing}/bin:${outputs.out}/bin"` });
  save(store, { layers: [await layerOf(store, "mkdir src")], initial }, { state });
  const { stderr } = run(["shell", "hello", "-c", ":", "--store", store.root]);
  expect(stderr).toContain(
    `phasecache: the state refers to paths that are not on this machine: ${missing}\n`,
  );
});

it("opens the newest failed snapshot of a package, and no other", async () => {
  const store = await makeHello({ failed: true });
  save(store, { created: Date.now() });
  const failed = (name: string) => run(["shell", "--failed", name, "-c", "cat made", "--store", store.root]);
  expect(failed("hello")).toMatchObject({ status: 0, stdout: "made\n" });
  save(store, { package: "other" });
  expect(failed("other")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no failed phase of other"),
  });
});

it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "removes its copy after %s, with what runs in it",
  async (signal) => {
    const store = await makeHello();
    const TMPDIR = makeFolder();
    const pidFile = join(makeFolder(), "pid");
    const args = ["shell", "hello", "-c", `sleep 600 & echo $! > ${pidFile}; wait`, "--store", store.root];
    const child = spawn(process.execPath, [run.path(), ...args], {
      env: { PATH: process.env.PATH, TMPDIR },
      stdio: ["ignore", "ignore", "inherit"],
    });
    while (!readOr(pidFile)) await setTimeout(20);
    expect(readdirSync(TMPDIR)).toHaveLength(1);
    child.kill(signal);
    const [status] = await once(child, "close");
    expect(status).toBe({ SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal]);
    expect(readdirSync(TMPDIR)).toEqual([]);
    // The test times out if it never ends.
    while (isRunning(readOr(pidFile).trim())) await setTimeout(20);
  },
);

function isRunning(pid: string): boolean {
  const status = readOr(`/proc/${pid}/stat`);
  return status !== "" && !/\) Z /.test(status);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Runs a program on a terminal, and types each line after the text before it has appeared. */
const typist = `
import os, pty, sys, json, select
steps = json.loads(sys.argv[1]); pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
seen = b""; at = 0
while True:
    try: piece = os.read(fd, 4096)
    except OSError: break
    if not piece: break
    seen += piece
    if steps and steps[0][0].encode() in seen[at:]:
        at = len(seen); os.write(fd, steps.pop(0)[1].encode() + b"\\n")
sys.stdout.buffer.write(seen); sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

it.runIf(hasPython)(
  "is an interactive shell on a terminal (skipped without python3, which makes the terminal)",
  async () => {
    const store = await makeHello();
    const TMPDIR = makeFolder();
    mkdirSync(join(TMPDIR, "home"));
    const steps = [
      ["[hello-1.0 buildPhase]", "runPhase installPhase"],
      ["passed", 'echo "top: $(<$out/top)"; false'],
      ["top: /", "echo still-$((40 + 2)); exit 5"],
    ];
    const args = [process.execPath, run.path(), "shell", "hello", "--store", store.root];
    const env = { PATH: process.env.PATH, TMPDIR, TERM: "xterm" };
    const { status, stdout } = spawnSync("python3", ["-c", typist, JSON.stringify(steps), ...args], {
      encoding: "utf8",
      env,
      timeout: 30_000,
    });
    expect(stdout).toContain("hello-1.0 after buildPhase: runPhase PHASE and genericBuild are available");
    expect(stdout).toContain("running installPhase");
    expect(stdout).toMatch(/top: \/.*build/);
    expect(stdout).toContain("still-42");
    expect(status).toBe(5);
    expect(readdirSync(TMPDIR)).toEqual(["home"]);
  },
);
