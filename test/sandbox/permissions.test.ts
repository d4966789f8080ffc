import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { type BuildResult, createRig, type Rig } from "./rig.ts";

const isRoot = process.getuid!() === 0;

const sample = (attributes = "", name = "sample") => `pkgs.stdenv.mkDerivation ({
  pname = "${name}"; version = "1.0"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  buildPhase = "echo built > built"; installPhase = "runHook preInstall; mkdir $out; cp built $out; runHook postInstall";
} // { ${attributes} })`;

/** Lists a directory and everything below it, with type, mode and owner of each entry. */
function walk(path: string): { path: string; mode: string; uid: number; gid: number; kind: string }[] {
  const stat = lstatSync(path);
  const kind = stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other";
  const own = { path, mode: (stat.mode & 0o7777).toString(8), uid: stat.uid, gid: stat.gid, kind };
  const names = kind === "directory" ? readdirSync(path) : [];
  return [own, ...names.flatMap((name) => walk(join(path, name)))];
}

function phasecache(cache: string, args: string[], user: { uid?: number; gid?: number } = {}) {
  const bundle = join(project, "dist/phasecache.mjs");
  return spawnSync(process.execPath, [bundle, ...args, "--store", cache], {
    ...user,
    encoding: "utf8",
    cwd: "/",
  });
}

const warnings = ({ messages }: BuildResult) =>
  messages.filter((line) => !/^(saved|restored|miss|no snapshots)/.test(line));

describe.skipIf(!isRoot)("permissions of a store (needs root: files of several users, mounts)", () => {
  let rig: Rig;
  let group: number;
  let tried = 0;
  beforeAll(async () => {
    rig = await createRig();
    group = statSync(rig.cache).gid;
  });
  afterEach(() => {
    for (const name of readdirSync(rig.cache)) rmSync(join(rig.cache, name), { recursive: true });
  });
  afterAll(async () => {
    console.log(`permissions: ${tried} cases tried`);
    await rig[Symbol.asyncDispose]();
  });
  const build = (attributes?: string) => {
    tried++;
    return rig.build(sample(attributes));
  };
  const expectCorrect = (result: BuildResult) => {
    expect(result.ok, result.log).toBe(true);
    expect(readFileSync(join(result.outPaths.out!, "built"), "utf8")).toBe("built\n");
  };

  describe("two build users with different umasks", () => {
    it("create directories with mode 2770 and files with mode 660, all owned by the group", async () => {
      const shared = `preHook = "umask 077"; buildPhase = "sleep 2; echo built > built";`;
      const list = [
        sample(shared, "one"),
        sample(`${shared} prePatch = "umask 000"; preInstall = "umask 022";`, "two"),
      ];
      const { ok, log } = await rig.buildAll(`[ (${list.join(") (")}) ]`, 2);
      expect(ok, log).toBe(true);
      const found = walk(join(rig.cache, "v1"));
      tried += found.length;
      expect(new Set(found.map(({ uid }) => uid)).size).toBe(2);
      const odd = found.filter(
        ({ kind, mode, gid }) => gid !== group || mode !== { directory: "2770", file: "660" }[kind],
      );
      expect(odd).toEqual([]);
    });

    it("a member of the group can read everything, another user nothing", async () => {
      expectCorrect(await build());
      const reader = { uid: 54321, gid: group };
      for (const args of [["ls"], ["stats"], ["verify", "--read-data"], ["gc", "--dry-run"]]) {
        tried++;
        const { status, stderr } = phasecache(rig.cache, args, reader);
        expect([args, status, stderr]).toEqual([args, 0, ""]);
      }
      const { status, stderr } = phasecache(rig.cache, ["ls"], { uid: 54321, gid: 54321 });
      expect([status, stderr]).toEqual([1, expect.stringMatching(/can't be read.*group is/s)]);
    });
  });

  describe("files of root that build users can't change", () => {
    const blobFolder = (base: string) => {
      const [name] = readdirSync(join(base, "blobs/sha256"));
      return join(base, "blobs/sha256", name!);
    };
    const lock = (path: string, mode: number) => {
      chownSync(path, 0, 0);
      chmodSync(path, mode);
    };
    const everyFile = (folder: string, mode: number) => {
      for (const { path, kind } of walk(folder)) if (kind === "file") lock(path, mode);
    };
    const rootFiles: Record<string, (base: string) => void> = {
      "a file in tmp": (base) => {
        writeFileSync(join(base, "tmp/blob-1"), "");
        lock(join(base, "tmp/blob-1"), 0o600);
      },
      "a directory in quarantine": (base) => {
        mkdirSync(join(base, "quarantine/old"));
        lock(join(base, "quarantine/old"), 0o700);
      },
      "a folder of blobs": (base) => lock(blobFolder(base), 0o700),
      "all folders of blobs, readable": (base) => {
        for (const name of readdirSync(join(base, "blobs/sha256")))
          lock(join(base, "blobs/sha256", name), 0o755);
      },
      "all blobs": (base) => everyFile(join(base, "blobs"), 0o600),
      "all blobs, readable": (base) => everyFile(join(base, "blobs"), 0o644),
      "all records": (base) => everyFile(join(base, "snapshots"), 0o600),
      "the package's folder": (base) => lock(join(base, "snapshots/sample"), 0o700),
      "the package's folder, readable": (base) => lock(join(base, "snapshots/sample"), 0o755),
      "the statistics": (base) => everyFile(join(base, "stats"), 0o600),
      "the settings": (base) => {
        writeFileSync(join(base, "config.json"), "{}");
        lock(join(base, "config.json"), 0o600);
      },
      "a pin": (base) => {
        writeFileSync(join(base, "pins/sample"), "{}");
        lock(join(base, "pins/sample"), 0o600);
      },
    };
    it.each(Object.entries(rootFiles))(
      "%s: builds succeed, and the group's gc and verify report it",
      async (_, leave) => {
        const user = { uid: 54321, gid: group };
        expectCorrect(await build());
        leave(join(rig.cache, "v1"));
        const unchanged = await build();
        expectCorrect(unchanged);
        const edited = await build(`postInstall = "touch $out/edited";`);
        expectCorrect(edited);
        expect(
          warnings(unchanged).length + warnings(edited).length,
          unchanged.log + edited.log,
        ).toBeLessThanOrEqual(4);
        for (const args of [
          ["verify", "--read-data"],
          ["gc", "--max-size", "1K"],
          ["clear", "--all", "-y"],
          ["ls"],
        ]) {
          tried++;
          const { status, stderr } = phasecache(rig.cache, args, user);
          // The command must not crash; it reports the file that it can't change.
          expect([0, 1, 3, 4], `${args}: ${stderr}`).toContain(status);
          expect(stderr).not.toMatch(/ at .*\.(mjs|ts):\d+/);
          if (status !== 0) expect(stderr).toMatch(/EACCES|EPERM|can't be|permission/);
        }
      },
    );
  });

  it("on a read-only file system the command can read, and reports why it can't delete", async () => {
    expectCorrect(await build());
    execFileSync("mount", ["--bind", rig.cache, rig.cache]);
    try {
      execFileSync("mount", ["-o", "remount,bind,ro", rig.cache]);
      for (const args of [
        ["ls"],
        ["show", "sample"],
        ["verify", "--read-data"],
        ["stats"],
        ["gc", "--dry-run"],
      ]) {
        tried++;
        const { status, stderr } = phasecache(rig.cache, args);
        expect([args, status, stderr]).toEqual([args, 0, ""]);
      }
      for (const args of [
        ["gc"],
        ["clear", "--all", "-y"],
        ["config", "maxSize", "1G"],
        ["stats", "--zero"],
      ]) {
        tried++;
        const { status, stderr } = phasecache(rig.cache, args);
        expect([args, status, stderr]).toEqual([args, 1, expect.stringMatching(/read-only file system/)]);
      }
    } finally {
      execFileSync("umount", [rig.cache]);
    }
  });

  it("a store works on a file system mounted with nosuid, nodev and noexec", async () => {
    execFileSync("mount", ["--bind", rig.cache, rig.cache]);
    try {
      execFileSync("mount", ["-o", "remount,bind,nosuid,nodev,noexec", rig.cache]);
      expectCorrect(await build());
      const second = await build(`postInstall = "touch $out/edited";`);
      expectCorrect(second);
      expect(second.messages[0]).toMatch(/^restored .* through installPhase/);
    } finally {
      execFileSync("umount", [rig.cache]);
    }
  });
});
