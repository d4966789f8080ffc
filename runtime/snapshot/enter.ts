import { spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { Root } from "../tree/entry.ts";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { isStorePath } from "../util/store-path.ts";

/** How to run a command with a snapshot's files in place. */
export interface Entrance {
  /** Words to put before the command; none if it runs directly. */
  prefix: string[];
  /** Why the build's paths are not in place; null if they are. */
  obstacle: string | null;
}

/**
 * The roots of a snapshot's build in the layout that `findEntrance` expects: `build`, and in `store` the outputs by the
 * names of their store paths. The build's files in /tmp and /dev/shm are in `tmp` and `shm`; they are not put in place.
 * @throws PhaseCacheError `refused` if an output is not a store path, or the outputs are in several stores
 */
export function rootsToEnter(tree: string, { outputs }: SnapshotHeader): Root[] {
  const paths = Object.entries(outputs);
  const stores = new Set(paths.map(([, path]) => dirname(path)));
  const bad = paths.find(([, path]) => !isStorePath(path) || /\/\.{1,2}(\/|$)/.test(path));
  if (bad !== undefined || stores.size > 1)
    throw new PhaseCacheError(
      "refused",
      bad === undefined
        ? "the outputs are in several Nix stores"
        : `${printable(bad[1])} is not a store path`,
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
 * Finds a way to run a command with the build's paths in place, by trying each with `true`.
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

/** Ways to get the permission to mount, beginning with the one most similar to the builder. */
function namespaces(): { unshare: string[]; mapped: boolean }[] {
  const mount = ["--mount", "--propagation", "private"];
  const ways = [["--user", "--map-root-user", ...mount]];
  if (process.getuid?.() === 0) ways.unshift(mount);
  return [true, false].flatMap((mapped) => ways.map((unshare) => ({ unshare, mapped })));
}
