// Creates V8's code cache for the hook's runtime. Runs a few calls of a small build, so that the cache contains the
// functions that they compile.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Replaces hook.cjs: does the same, and writes the code cache when the process exits. */
const recorder = `
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");
const [folder] = process.argv.splice(1, 1);
const filename = folder + "/runtime.cjs";
const read = (name) => { try { return readFileSync(folder + "/" + name); } catch {} };
const text = "(function (require, __filename, __dirname) {" + read("runtime.cjs").toString("latin1") + "\\n})";
const script = new Script(text, { filename, cachedData: read("runtime.cache") });
process.on("exit", () => writeFileSync(folder + "/runtime.cache", script.createCachedData()));
script.runInThisContext()(require, filename, folder);
`;

/**
 * Writes runtime.cache beside runtime.cjs. An error in the simulated build only makes the cache smaller.
 * @param {string} folder the folder that contains the bundles
 */
export function makeCodeCache(folder) {
  const dist = resolve(folder);
  const cache = join(dist, "runtime.cache");
  // V8 accepts a cache of any source of the same length, so an old one must not be loaded.
  rmSync(cache, { force: true });
  const root = mkdtempSync(join(tmpdir(), "phasecache-code-cache-"));
  const [top, store] = [join(root, "build"), join(root, "store")];
  for (const path of [top, store, join(root, "outputs")]) mkdirSync(path);
  const env = {
    ...{ name: "x-1", pname: "x", version: "1", system: "x", outputs: "out", NIX_BUILD_TOP: top },
    ...{ out: `${root}/outputs/0123456789abcdfghijklmnpqrsvwxyz-x-1`, NIX_STORE: `${root}/outputs` },
    ...{ phaseCacheDir: store, PATH: process.env.PATH },
  };
  const builder = spawn("bash", ["-c", "read -r _"], { env, stdio: ["pipe", "ignore", "ignore"] });
  const dump = spawnSync(
    "bash",
    ["-c", 'cd "$1"; source "$2"; _phaseCacheDump "$-"', "x", top, `${dist}/dump-state.sh`],
    { env },
  );
  const call = (...args) => {
    const options = { input: dump.stdout, env: {}, stdio: ["pipe", "ignore", "ignore", "pipe"] };
    // Node treats the first argument as the script's name.
    const node = ["-e", recorder, "--", dist, "hook.cjs", "3", ...args];
    return String(spawnSync(process.execPath, node, options).output?.[3] ?? "");
  };
  const plan = () => {
    const answer = call("plan", String(builder.pid), top, "", "/hook", "buildPhase installPhase");
    return /printf %s \$'(\/tmp\/phasecache-[^']+)'/.exec(answer)?.[1] ?? "";
  };
  const sessions = [plan()];
  writeFileSync(join(top, "file"), "text");
  call("save", sessions[0], "buildPhase");
  rmSync(join(top, "file"));
  sessions.push(plan());
  builder.kill();
  const leftovers = [
    root,
    `/tmp/phasecache-before-${builder.pid}`,
    ...sessions.filter((path) => path !== ""),
  ];
  for (const path of leftovers) rmSync(path, { recursive: true, force: true });
  // The runtime sets a restrictive umask, but other users run the bundle, too.
  chmodSync(cache, 0o644);
}
