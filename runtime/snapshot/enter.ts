import { spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { Root } from "../tree/entry.ts";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { isStorePath } from "../util/store-path.ts";

/** How to run a command among the files of a snapshot. */
export interface Entrance {
  /** What to put before the command; nothing where it runs as it is. */
  prefix: string[];
  /** Null when the build's paths are in place; otherwise why they are not. */
  obstacle: string | null;
}

/**
 * The roots of a snapshot's build in a directory that `findEntrance` can make an entrance to: `build`, and the outputs by
 * the names of their store paths in `store`; what the build had in /tmp and /dev/shm is in \`tmp\` and \`shm\`, and not put in
 * place.
 * @throws PhaseCacheError `refused` for outputs that are no store paths, or of several stores
 */
export function rootsToEnter(tree: string, { outputs }: SnapshotHeader): Root[] {
  const paths = Object.entries(outputs);
  const stores = new Set(paths.map(([, path]) => dirname(path)));
  const bad = paths.find(([, path]) => !isStorePath(path) || /\/\.{1,2}(\/|$)/.test(path));
  if (bad !== undefined || stores.size > 1)
    throw new PhaseCacheError(
      "refused",
      `${printable(bad?.[1] ?? "the outputs")} is not a path in one Nix store`,
    );
  return [
    { name: "build", path: join(tree, "build") },
    { name: "tmp", path: join(tree, "tmp") },
    { name: "shm", path: join(tree, "shm") },
    ...paths.map(
      ([name, path]): Root => ({
        name: `outputs/${name}`,
        path: join(tree, "store", basename(path)),
      }),
    ),
  ];
}

/**
 * Finds a way to run a command with the build's paths in place, by trying the same with a command that does nothing.
 * @param script path of enter-build.sh
 */
export function findEntrance(
  script: string,
  tree: string,
  { buildTop, outputs }: SnapshotHeader,
  env: NodeJS.ProcessEnv,
): Entrance {
  const paths = Object.values(outputs);
  if (paths.length === 0 || !/^(?:\/[A-Za-z0-9+_-][A-Za-z0-9+._-]*)+$/.test(buildTop))
    return { prefix: [], obstacle: `${printable(buildTop)} cannot be used as a build directory` };
  let obstacle = "";
  for (const { unshare, mapped } of namespaces()) {
    const names = paths.map((path) => basename(path));
    const place = [tree, buildTop, dirname(paths[0]!), mapped ? "1" : "0", ...names, "--"];
    const prefix = ["unshare", ...unshare, "--", "bash", "--noprofile", "--norc", script, ...place];
    const { status, stderr, error } = spawnSync(prefix[0]!, [...prefix.slice(1), "true"], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status === 0) return { prefix, obstacle: null };
    obstacle ||= printable(error?.message ?? stderr.trim().split("\n")[0] ?? "");
  }
  return { prefix: [], obstacle };
}

/** Ways to be allowed to mount, the likeliest to be like the builder first. */
function namespaces(): { unshare: string[]; mapped: boolean }[] {
  const mount = ["--mount", "--propagation", "private"];
  const ways = [["--user", "--map-root-user", ...mount]];
  if (process.getuid?.() === 0) ways.unshift(mount);
  return [true, false].flatMap((mapped) => ways.map((unshare) => ({ unshare, mapped })));
}
