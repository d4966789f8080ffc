import { lstatSync } from "node:fs";
import { join } from "node:path";
import { folders, isPackage, parseRecordName, type Store } from "./layout.ts";
import { listBlobs } from "./list-blobs.ts";
import { namesIn } from "./records/list.ts";

/** Names that stand directly in the store's folder of this format. */
const known = new Set<string>([...folders.filter((name) => !name.includes("/")), "config.json"]);

/** The paths, below the store's base, of what this program did not put there. */
export function findUnknownFiles(store: Store): string[] {
  const unknownFiles = namesIn(store.base).filter((name) => !known.has(name));
  for (const name of namesIn(join(store.base, "snapshots"))) {
    const folder = join("snapshots", name);
    if (!isPackage(name) || !isDirectory(store, folder)) unknownFiles.push(folder);
    else unknownFiles.push(...strayRecords(store, folder));
  }
  for (const name of namesIn(join(store.base, "pins"))) {
    if (!isPackage(name)) unknownFiles.push(join("pins", name));
  }
  return [...unknownFiles, ...listBlobs(store).unknownFiles];
}

function strayRecords(store: Store, folder: string): string[] {
  const names = namesIn(join(store.base, folder)).filter((name) => parseRecordName(name) === null);
  return names.map((name) => join(folder, name));
}

/** True also when it has just gone. */
function isDirectory(store: Store, path: string): boolean {
  return lstatSync(join(store.base, path), { throwIfNoEntry: false })?.isDirectory() ?? true;
}
