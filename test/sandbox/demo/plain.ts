import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../runtime/util/hash.ts";
import { removeTree } from "../rig/places.ts";
import { zstdSources } from "../sources.ts";
import type { Stage, StageResult } from "./stage.ts";

const small = join(
  import.meta.dirname,
  existsSync(join(import.meta.dirname, "stdenv")) ? "stdenv" : "../stdenv",
);
const project = join(small, "../../..");

/** Returns `<store>/<hash>-<name>` with a hash derived from `text`. The hashes of store paths contain no `e`. */
function storePath(store: string, name: string, text: string): string {
  return join(store, `${sha256(text).slice(0, 32).replaceAll("e", "g")}-${name}`);
}

/** Builds the small stdenv and the hook as their derivations do. */
function prepare(root: string): { stdenv: string; hook: string } {
  const store = join(root, "store");
  const [stdenv, hook] = [storePath(store, "stdenv", "stdenv"), storePath(store, "phase-cache-hook", "hook")];
  mkdirSync(stdenv, { recursive: true });
  mkdirSync(join(hook, "nix-support"), { recursive: true });
  const parts = readdirSync(join(small, "setup")).sort();
  const inputs = ["multiple-outputs.sh", "fixup.sh"].map((name) => join(small, "setup-hooks", name));
  const head = `export SHELL=/bin/bash\ninitialPath=/usr defaultNativeBuildInputs="${inputs.join(" ")}"\n`;
  writeFileSync(
    join(stdenv, "setup"),
    head + parts.map((part) => readFileSync(join(small, "setup", part), "utf8")).join(""),
  );
  const dist = join(project, "dist");
  const values: Record<string, string> = {
    node: process.execPath,
    runtime: dist,
    out: hook,
  };
  const text = readFileSync(join(project, "hooks/phase-cache-hook.sh"), "utf8");
  const setupHook = text.replace(/@(\w+)@/g, (whole, name) => values[name] ?? whole);
  writeFileSync(join(hook, "nix-support/setup-hook"), setupHook);
  return { stdenv, hook };
}

/** Creates a stage that builds with bash alone: one directory replaces the Nix store, another the build directory. */
export function createPlainStage(): Stage {
  const root = mkdtempSync(join(tmpdir(), "phasecache-plain-"));
  const { stdenv, hook } = prepare(root);
  const cache = join(root, "cache");
  mkdirSync(cache);
  let builds = 0;
  const build = async (installPhase: string | null, store: boolean): Promise<StageResult> => {
    const out = storePath(join(root, "store"), "zstd-1.5.7", `${installPhase}`);
    const top = join(root, "build");
    mkdirSync(top);
    const environment = {
      ...{
        pname: "zstd",
        version: "1.5.7",
        name: "zstd-1.5.7",
        system: "plain",
        outputs: "out",
        out,
        stdenv,
      },
      ...{
        NIX_BUILD_TOP: top,
        NIX_STORE: join(root, "store"),
        TMPDIR: top,
        HOME: "/homeless-shelter",
        NIX_LOG_FD: "2",
      },
      ...{
        nativeBuildInputs: hook,
        src: zstdSources(),
        makeFlags: `-C lib PREFIX=${out}`,
        PATH: "/usr/bin:/bin",
      },
      ...{ phaseCacheDir: store ? cache : join(root, "no-store") },
      ...(installPhase === null ? {} : { installPhase }),
    };
    const { status, log } = await run(top, environment);
    const copy = join(root, "results", String(++builds), "out", out.slice(out.lastIndexOf("/") + 1));
    if (status === 0) {
      mkdirSync(join(copy, ".."), { recursive: true });
      cpSync(out, copy, { recursive: true, verbatimSymlinks: true });
      rmSync(out, { recursive: true });
    }
    renameSync(top, join(root, `build-${builds}`));
    return { ok: status === 0, log, messages: messagesOf(log), outPaths: { out: copy } };
  };
  return { nix: null, sandbox: false, build, [Symbol.asyncDispose]: async () => removeTree(root) };
}

function run(top: string, env: Record<string, string>): Promise<{ status: number | null; log: string }> {
  return new Promise((resolve, reject) => {
    const scripts = ["source-stdenv.sh", "default-builder.sh"].map((name) => join(small, name));
    const child = spawn("/bin/bash", ["-e", ...scripts], {
      cwd: top,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        log += text;
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, log }));
  });
}

function messagesOf(log: string): string[] {
  const events = log.split("\n").filter((line) => line.startsWith('@nix {"action":"msg"'));
  return events.map((line) =>
    (JSON.parse(line.slice("@nix ".length)) as { msg: string }).msg.replace("phasecache: ", ""),
  );
}
