import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { systemCode } from "../util/error.ts";

/** Removes a tree, including directories without write permission. Does not follow symlinks. */
export function removeTree(path: Buffer): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!["EACCES", "EPERM", "ENOTEMPTY"].includes(systemCode(error) ?? "")) throw error;
    makeAccessible(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function makeAccessible(path: Buffer): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path, { encoding: "buffer" })) {
    makeAccessible(Buffer.concat([path, Buffer.from("/"), name]));
  }
}
