import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../runtime/util/hash.ts";

/**
 * One line for everything below a directory, sorted: path, type, mode, time of change to the nanosecond, how many names
 * it has, and what is in it.
 */
export function contentsOf(directory: string, below = ""): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(join(directory, below)).sort()) {
    const inner = join(below, name);
    const path = join(directory, inner);
    const stat = lstatSync(path, { bigint: true });
    const about = `${inner} ${(stat.mode & 0o7777n).toString(8)}`;
    if (stat.isDirectory()) lines.push(`${about} directory`, ...contentsOf(directory, inner));
    else if (stat.isSymbolicLink()) lines.push(`${inner} -> ${readlinkSync(path)}`);
    else if (stat.isFile()) {
      lines.push(`${about} ${stat.mtimeNs} ${stat.nlink} ${sha256(readFileSync(path)).slice(0, 16)}`);
    } else lines.push(`${about} special`);
  }
  return lines;
}
