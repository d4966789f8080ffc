import { lstatSync } from "node:fs";
import { join } from "node:path";
import { folders, isPackage, parseRecordName, type Store } from "./layout.ts";
import { listBlobs } from "./list-blobs.ts";
import { namesIn } from "./records/list.ts";

/** Names that may be directly in the store's base. */
const known = new Set<string>([...folders.filter((name) => !name.includes("/")), "config.json"]);

/** Lists the paths, below the store's base, of files that are not part of the store's layout. */
export function findUnknownFiles(store: Store): string[] {
  const unknownFiles = namesIn(store.base).filter((name) => !known.has(name));
  for (const name of namesIn(join(store.base, "snapshots"))) {
    const folder = join("snapshots", name);
    if (!isPackage(name) || !isDirectory(store, folder)) unknownFiles.push(folder);
    else unknownFiles.push(...unknownRecords(store, folder));
  }
  for (const name of namesIn(join(store.base, "pins"))) {
    if (!isPackage(name)) unknownFiles.push(join("pins", name));
  }
  return [...unknownFiles, ...listBlobs(store).unknownFiles];
}

function unknownRecords(store: Store, folder: string): string[] {
  const names = namesIn(join(store.base, folder)).filter((name) => parseRecordName(name) === null);
  return names.map((name) => join(folder, name));
}

/** Also true if it no longer exists. */
function isDirectory(store: Store, path: string): boolean {
  return lstatSync(join(store.base, path), { throwIfNoEntry: false })?.isDirectory() ?? true;
}
