import { growthBytes, growthOneFile } from "./growth/bytes.ts";
import { growthFiles } from "./growth/files.ts";
import { growthDepth, growthHashes, growthLinks } from "./growth/odd.ts";
import { growthPhases } from "./growth/phases.ts";
import { growthBuilds, growthSnapshots } from "./growth/snapshots.ts";
import type { Growth } from "./growth.ts";
import type { Measure } from "./measure.ts";
import { editCcache, editClean } from "./rows/edit.ts";
import { editCheckpoint } from "./rows/edit-checkpoint.ts";
import { firstBuild } from "./rows/first-build.ts";
import { hookCall } from "./rows/hook-call.ts";
import { listSnapshots } from "./rows/list-snapshots.ts";
import { memoryFile, memorySparse, memoryTree } from "./rows/memory.ts";
import { restoreGit, restoreQt } from "./rows/restore-tree.ts";
import { saveGit, saveQt } from "./rows/save-tree.ts";
import { saveUnchanged } from "./rows/save-unchanged.ts";
import { storeSize } from "./rows/store-size.ts";

/** The table's rows, in its order. */
export const measures: readonly Measure[] = [
  editClean,
  editCcache,
  editCheckpoint,
  firstBuild,
  saveGit,
  saveQt,
  restoreGit,
  restoreQt,
  saveUnchanged,
  hookCall,
  storeSize,
  listSnapshots,
  memoryTree,
  memoryFile,
  memorySparse,
];

/** The plot's panels. */
export const growths: readonly Growth[] = [
  growthFiles,
  growthBytes,
  growthOneFile,
  growthPhases,
  growthSnapshots,
  growthBuilds,
  growthHashes,
  growthLinks,
  growthDepth,
];
