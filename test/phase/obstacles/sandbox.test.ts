import { expect, it } from "vitest";
import { temporaryRoots } from "../../../runtime/phase/obstacles/sandbox.ts";

/** Lines of proc(5), /proc/pid/mountinfo. */
const root = "100 50 254:0 /nix/store/x.chroot / rw,relatime master:1 - ext4 /dev/vda rw";
const shm = "101 100 0:70 / /dev/shm rw,relatime - tmpfs none rw,size=8388608k";
const build = "102 100 254:0 /tmp/nix-build-x /build rw,relatime master:1 - ext4 /dev/vda rw";
const mounts = (...lines: string[]) => `${[root, shm, build, ...lines].join("\n")}\n`;
const usual = { pid: 1, buildTop: "/build", store: "/var/cache/phasecache" };
const names = (build: Partial<typeof usual>, text: string) =>
  temporaryRoots({ ...usual, ...build }, text).map(({ name }) => name);

it("are /tmp and /dev/shm in a sandbox", () => {
  expect(temporaryRoots(usual, mounts())).toEqual([
    { name: "tmp", path: "/tmp" },
    { name: "shm", path: "/dev/shm" },
  ]);
});

it("are none without a sandbox, where the machine's are to be seen", () => {
  expect(names({ pid: 4711 }, mounts())).toEqual([]);
});

it.each([
  ["/tmp", "103 100 254:0 /tmp /tmp rw,relatime master:1 - ext4 /dev/vda rw", ["shm"]],
  ["something in /tmp", "103 100 254:0 /x /tmp/.X11-unix rw,relatime - ext4 /dev/vda rw", ["shm"]],
  ["something in /dev/shm", "103 100 0:21 /x /dev/shm/x rw,relatime - tmpfs tmpfs rw", ["tmp"]],
  [
    "/tmpfiles, which is another",
    "103 100 254:0 /x /tmpfiles rw,relatime - ext4 /dev/vda rw",
    ["tmp", "shm"],
  ],
])("are not those that the sandbox shares with the machine: %s", (_, line, expected) => {
  expect(names({}, mounts(line))).toEqual(expected);
});

it("are not those whose mount is not Nix's", () => {
  expect(names({}, `${root}\n101 100 0:21 / /dev/shm rw,nosuid - tmpfs tmpfs rw\n`)).toEqual(["tmp"]);
  expect(names({}, `${root}\n`)).toEqual(["tmp"]);
});

it("are not those that hold the build directory", () => {
  expect(names({ buildTop: "/tmp/nix-build-x.drv-0" }, mounts())).toEqual(["shm"]);
  expect(names({ buildTop: "/tmp" }, mounts())).toEqual(["shm"]);
  expect(names({ buildTop: "/dev/shm/x" }, mounts())).toEqual(["tmp"]);
});

it("are not those that hold the store", () => {
  expect(names({ store: "/tmp/store" }, mounts())).toEqual(["shm"]);
});
