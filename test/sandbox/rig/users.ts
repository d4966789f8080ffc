import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The build users of one rig. Two Nix stores with the same build users would kill each other's builds. */
export interface BuildUsers extends Disposable {
  readonly group: string;
  readonly groupId: number;
}

const prefix = "pcbld";

function names(file: string): { name: string; id: number }[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name]) => name?.startsWith(prefix))
    .map(([name, , id]) => ({ name: name!, id: Number(id) }));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function remove(belongs: (name: string) => boolean): void {
  for (const { name } of names("/etc/passwd")) if (belongs(name)) removeOne("userdel", name, "/etc/passwd");
  for (const { name } of names("/etc/group")) if (belongs(name)) removeOne("groupdel", name, "/etc/group");
}

/** Removes a user or group; succeeds if another rig removes it at the same time. */
function removeOne(program: string, name: string, file: string): void {
  const { status, stderr } = spawnSync(program, [name], { encoding: "utf8" });
  if (status !== 0 && names(file).some((other) => other.name === name)) {
    throw new Error(`${program} ${name} failed: ${stderr.trim()}`);
  }
}

/** Removes the users and groups of rigs whose process was killed. Their names contain the process ID. */
function removeAbandoned(): void {
  remove((name) => {
    const pid = /^pcbld(\d+)/.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

/** Creates a group with `count` users. Needs root. Disposing removes them. */
export function createBuildUsers(count: number): BuildUsers {
  removeAbandoned();
  const taken = new Set(names("/etc/group").map(({ name }) => name));
  let number = 1;
  while (taken.has(`${prefix}${process.pid}g${number}`)) number++;
  const group = `${prefix}${process.pid}g${number}`;
  execFileSync("groupadd", ["--system", group]);
  for (let user = 1; user <= count; user++) {
    const options = ["--system", "--no-create-home", "--no-log-init", "--home-dir", "/var/empty"];
    const shell = ["--shell", "/usr/sbin/nologin"];
    execFileSync("useradd", [...options, ...shell, "--gid", group, "--groups", group, `${group}u${user}`]);
  }
  const groupId = names("/etc/group").find(({ name }) => name === group)!.id;
  return { group, groupId, [Symbol.dispose]: () => remove((name) => name.startsWith(group)) };
}
