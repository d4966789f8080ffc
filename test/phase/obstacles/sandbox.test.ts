import { expect, it } from "vitest";
import { temporaryRoots } from "../../../runtime/phase/obstacles/sandbox.ts";

/** Lines of /proc/pid/mountinfo, see proc(5). */
const root = "100 50 254:0 /nix/store/x.chroot / rw,relatime master:1 - ext4 /dev/vda rw";
const shm = "101 100 0:70 / /dev/shm rw,relatime - tmpfs none rw,size=8388608k";
const build = "102 100 254:0 /tmp/nix-build-x /build rw,relatime master:1 - ext4 /dev/vda rw";
const mounts = (...lines: string[]) => `${[root, shm, build, ...lines].join("\n")}\n`;
const usual = { pid: 1, buildTop: "/build", store: "/var/cache/phasecache" };
const names = (build: Partial<typeof usual>, text: string) =>
  temporaryRoots({ ...usual, ...build }, text).map(({ name }) => name);

it("the temporary roots are /tmp and /dev/shm in a sandbox", () => {
  expect(temporaryRoots(usual, mounts())).toEqual([
    { name: "tmp", path: "/tmp" },
    { name: "shm", path: "/dev/shm" },
  ]);
});

it("there are none without a sandbox, where /tmp is the machine's", () => {
  expect(names({ pid: 4711 }, mounts())).toEqual([]);
});

it.each([
  ["/tmp", "103 100 254:0 /tmp /tmp rw,relatime master:1 - ext4 /dev/vda rw", ["shm"]],
  ["something in /tmp", "103 100 254:0 /x /tmp/.X11-unix rw,relatime - ext4 /dev/vda rw", ["shm"]],
  ["something in /dev/shm", "103 100 0:21 /x /dev/shm/x rw,relatime - tmpfs tmpfs rw", ["tmp"]],
  [
    "/tmpfiles, another directory",
    "103 100 254:0 /x /tmpfiles rw,relatime - ext4 /dev/vda rw",
    ["tmp", "shm"],
  ],
])("a directory that the sandbox shares with the machine is left out: %s", (_, line, expected) => {
  expect(names({}, mounts(line))).toEqual(expected);
});

it("a directory that Nix has not mounted is left out", () => {
  expect(names({}, `${root}\n101 100 0:21 / /dev/shm rw,nosuid - tmpfs tmpfs rw\n`)).toEqual(["tmp"]);
  expect(names({}, `${root}\n`)).toEqual(["tmp"]);
});

it("a directory that contains the build directory is left out", () => {
  expect(names({ buildTop: "/tmp/nix-build-x.drv-0" }, mounts())).toEqual(["shm"]);
  expect(names({ buildTop: "/tmp" }, mounts())).toEqual(["shm"]);
  expect(names({ buildTop: "/dev/shm/x" }, mounts())).toEqual(["tmp"]);
});

it("a directory that contains the store is left out", () => {
  expect(names({ store: "/tmp/store" }, mounts())).toEqual(["shm"]);
});
