import { createRig } from "../../sandbox/rig.ts";
import { edited, libgit2 } from "../libgit2.ts";
import type { Measure, Sides } from "../measure.ts";
import { requireProgram } from "../processes.ts";
import { buildIn, restoredIn } from "../sandbox-build.ts";

const common = {
  what: "postInstall of libgit2 edited, built again",
  unit: "s",
  pairs: 5,
  warmUp: false,
} as const;

/** Both sides build the same edit. Only ours has a store with the build before the edit. */
async function compare(cmakeFlags: string[], attributes: Record<string, string>): Promise<Sides> {
  requireProgram("cmake");
  requireProgram("ninja");
  const rig = await createRig();
  // The other side's builds see another directory at the store's path.
  const other = await createRig();
  let edits = 0;
  const theirs = (edit: number) =>
    libgit2({ hook: false, cmakeFlags, attributes: { ...attributes, ...edited(edit) } });
  await buildIn(rig, await libgit2({ hook: true, attributes: edited(0) }));
  await buildIn(other, await theirs(0));
  return {
    ours: async () => restoredIn(rig, await libgit2({ hook: true, attributes: edited(++edits) })),
    theirs: async () => (await buildIn(other, await theirs(edits))).seconds,
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

export const editClean: Measure = {
  ...common,
  name: "edit-clean",
  against: "a clean build",
  target: { ratio: 0.08 },
  open: () => compare([], {}),
};

export const editCcache: Measure = {
  ...common,
  name: "edit-ccache",
  against: "ccache, a warm cache",
  target: { ratio: 0.25 },
  open: async () => {
    requireProgram("ccache");
    const launchers = ["C", "CXX"].map((language) => `-DCMAKE_${language}_COMPILER_LAUNCHER=ccache`);
    const settings = { DIR: "/var/cache/phasecache", SLOPPINESS: "random_seed", UMASK: "007" };
    const attributes = Object.entries(settings).map(([name, value]) => [`CCACHE_${name}`, `"${value}"`]);
    return compare(launchers, Object.fromEntries(attributes));
  },
};
