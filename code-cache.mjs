// Makes V8's code cache for the hook's runtime: a few calls of a small build are run, so that what they compile is in it.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What a call runs instead of hook.cjs: the same, and the cache is written when it ends. */
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
 * Writes runtime.cache beside runtime.cjs. What goes wrong in the build that it plays only makes the cache smaller.
 * @param {string} folder with the bundles
 */
export function makeCodeCache(folder) {
  const dist = resolve(folder);
  const cache = join(dist, "runtime.cache");
  // V8 takes any cache for a source of the same length.
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
    // Node takes the first argument for the script's name.
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
  const left = [root, `/tmp/phasecache-before-${builder.pid}`, ...sessions.filter((path) => path !== "")];
  for (const path of left) rmSync(path, { recursive: true, force: true });
  // The runtime's umask is narrow, and other users build, too.
  chmodSync(cache, 0o644);
}
