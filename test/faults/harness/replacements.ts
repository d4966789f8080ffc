import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Creates a directory outside the store, which no build may modify. */
export function makeOutside(path: string): void {
  mkdirSync(join(path, "folder"), { recursive: true });
  writeFileSync(join(path, "target"), "untouched\n");
  writeFileSync(join(path, "folder/target"), "untouched\n");
}

/** Replacements that another build could create for a file or folder of the store; `outside` is from `makeOutside`. */
export const impostors: Record<string, (path: string, outside: string) => void> = {
  "a fifo": (path) => execFileSync("mkfifo", [path]),
  "a directory": (path) => mkdirSync(join(path, "below"), { recursive: true }),
  "an empty file": (path) => writeFileSync(path, ""),
  "a symlink to a file": (path, outside) => symlinkSync(join(outside, "target"), path),
  "a symlink to a directory": (path, outside) => symlinkSync(join(outside, "folder"), path),
  "a symlink to itself": (path) => symlinkSync(path, path),
  "a hard link to a file": (path, outside) => linkSync(join(outside, "target"), path),
};

export function replace(path: string, kind: string, outside: string): void {
  rmSync(path, { recursive: true, force: true });
  impostors[kind]!(path, outside);
}
