import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemCode } from "../util/error.ts";

/** The number of a group, or of a user; null when there is none of that name. */
export function idOf(kind: "group" | "passwd", name: string): number | null {
  return lookUp(kind, ([one]) => one === name)?.number ?? null;
}

/** The name of a group or user; its number where it has none. */
export function nameOf(kind: "group" | "passwd", number: number): string {
  return lookUp(kind, ([, , one]) => one === String(number))?.name ?? String(number);
}

/** Whether the calling user is among Nix's `trusted-users`: by name, by a group of theirs (`@wheel`), or with all (`*`). */
export function isTrusted(users: readonly string[]): boolean {
  const user = nameOf("passwd", process.getuid?.() ?? 0);
  const groups = users.some((one) => one.startsWith("@")) ? (process.getgroups?.() ?? []) : [];
  const known = new Set(["*", user, ...groups.map((group) => `@${nameOf("group", group)}`)]);
  return users.some((one) => known.has(one));
}

function lookUp(kind: "group" | "passwd", isWanted: (fields: string[]) => boolean) {
  const fields = entries(kind)
    .split("\n")
    .map((line) => line.split(":"))
    .find(isWanted);
  return fields === undefined ? null : { name: fields[0]!, number: Number(fields[2]) };
}

/** What the system knows: not all of it need be in a file. Where getent is missing, the file is all there is. */
function entries(kind: "group" | "passwd"): string {
  const { status, stdout } = spawnSync("getent", [kind], { encoding: "utf8" });
  if (status === 0) return stdout;
  try {
    return readFileSync(`/etc/${kind}`, "utf8");
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "";
  }
}
