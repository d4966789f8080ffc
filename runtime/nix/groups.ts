import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemCode } from "../util/error.ts";

/** Returns the numeric id of a group or user, or null when the name does not exist. */
export function idOf(kind: "group" | "passwd", name: string): number | null {
  return lookUp(kind, ([one]) => one === name)?.id ?? null;
}

/** Returns the name of a group or user, or its numeric id when it has no name. */
export function nameOf(kind: "group" | "passwd", id: number): string {
  return lookUp(kind, ([, , one]) => one === String(id))?.name ?? String(id);
}

/** Whether Nix's `trusted-users` include the calling user: by name, by one of the user's groups (`@wheel`), or by `*`. */
export function isTrusted(users: readonly string[]): boolean {
  const user = nameOf("passwd", process.getuid?.() ?? 0);
  const groups = users.some((one) => one.startsWith("@")) ? (process.getgroups?.() ?? []) : [];
  const known = new Set(["*", user, ...groups.map((group) => `@${nameOf("group", group)}`)]);
  return users.some((one) => known.has(one));
}

function lookUp(kind: "group" | "passwd", isWanted: (fields: string[]) => boolean) {
  const fields = readDatabase(kind)
    .split("\n")
    .map((line) => line.split(":"))
    .find(isWanted);
  return fields === undefined ? null : { name: fields[0]!, id: Number(fields[2]) };
}

/** Returns the system's database, by `getent`: not all entries need be in the file. Without getent, reads the file. */
function readDatabase(kind: "group" | "passwd"): string {
  const { status, stdout } = spawnSync("getent", [kind], { encoding: "utf8" });
  if (status === 0) return stdout;
  try {
    return readFileSync(`/etc/${kind}`, "utf8");
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "";
  }
}
