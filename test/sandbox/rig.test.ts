import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareOutputs, createRig, nixString, type Rig } from "./rig.ts";

const asRoot = test.skipIf(process.getuid!() !== 0);

/** A derivation that runs `code` and has one output, $out. */
function run(code: string, name = "rig-test"): string {
  return `pkgs.runCommand ${nixString(name)} { } ${nixString(code)}`;
}

function text(path: string | undefined): string {
  return readFileSync(path!, "utf8");
}

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ nixpkgs: null });
});
afterAll(() => rig[Symbol.asyncDispose]());

test("builds run in a sandbox: no network, no home directory, another user", async () => {
  const result = await rig.build(
    run("{ id -u; ls -d /root /home /etc/apt; cat /proc/net/dev; } > $out 2>&1 || :"),
  );
  expect(result.ok, result.log).toBe(true);
  const seen = text(result.outPaths.out);
  expect(seen).toMatch(/^1000\n/);
  expect(seen).not.toMatch(/^\/(root|home|etc)/m);
  expect(seen).not.toMatch(/eth|ens|wl/);
});

test("a build sees the store, and its files there are visible outside the sandbox", async () => {
  const result = await rig.build(run("echo kept > /var/cache/phasecache/file; touch $out"));
  expect(result.ok, result.log).toBe(true);
  expect(text(join(rig.cache, "file"))).toBe("kept\n");
});

test("a build without the store does not see it", async () => {
  const result = await rig.build(run("test ! -e /var/cache/phasecache; touch $out"), { store: false });
  expect(result.ok, result.log).toBe(true);
});

asRoot("two build users share the store through its group", async () => {
  const code = (own: string, other: string) =>
    `(umask 007; echo x > /var/cache/phasecache/${own})
     for i in {1..100}; do if [[ -s /var/cache/phasecache/${other} ]]; then break; fi; sleep 0.1; done
     echo y >> /var/cache/phasecache/${other}; touch $out`;
  const both = await Promise.all([
    rig.build(run(code("one", "two"), "one")),
    rig.build(run(code("two", "one"), "two")),
  ]);
  expect(both.map(({ ok, log }) => ok || log)).toEqual([true, true]);
  const [one, two] = ["one", "two"].map((name) => statSync(join(rig.cache, name)));
  expect(one!.uid).not.toBe(two!.uid);
  expect(one!.gid).toBe(two!.gid);
  expect(text(join(rig.cache, "one"))).toBe("x\ny\n");
});

test("messages contains what is written to NIX_LOG_FD, and the log contains all output", async () => {
  const event = `@nix {\\"action\\":\\"msg\\",\\"level\\":1,\\"msg\\":\\"phasecache: told\\"}`;
  const result = await rig.build(run(`echo phasecache: printed; echo "${event}" >&$NIX_LOG_FD; touch $out`));
  expect(result.messages).toEqual(["told"]);
  expect(result.log).toContain("phasecache: printed\n");
});

test("a derivation is rebuilt each time, and earlier outputs are kept", async () => {
  const source = run("date +%s%N > $out");
  const first = await rig.build(source);
  const before = text(first.outPaths.out);
  const second = await rig.build(source);
  expect(second.drvPath).toBe(first.drvPath);
  expect(text(second.outPaths.out)).not.toBe(before);
  expect(text(first.outPaths.out)).toBe(before);
  expect(compareOutputs(first.outPaths, second.outPaths)).toHaveLength(1);
});

test("a failed build has its log and no outputs", async () => {
  const result = await rig.build(run("echo reason; exit 3"));
  expect(result).toMatchObject({ ok: false, outPaths: {} });
  expect(result.log).toContain("reason");
});

test("an expression that can't be evaluated throws an error", async () => {
  await expect(rig.build("pkgs.noSuchPackage")).rejects.toThrow("noSuchPackage");
});

test("fetchurl rejects a tarball with another hash, and reports a missing one", async () => {
  const tarballs = join(dirname(rig.cache), "tarballs");
  mkdirSync(tarballs);
  writeFileSync(join(tarballs, "present.tar"), "other contents");
  await using own = await createRig({ nixpkgs: null, tarballs });
  const hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const build = (name: string) =>
    own.build(`pkgs.stdenv.mkDerivation {
      name = "fetches";
      src = pkgs.fetchurl { url = "https://example.org/${name}"; hash = "${hash}"; };
    }`);
  await expect(build("present.tar")).rejects.toThrow(/mismatch.*present\.tar/);
  await expect(build("absent.tar")).rejects.toThrow("example.org/absent.tar");
});

test("disposing of a rig removes everything", async () => {
  let folder: string;
  {
    await using disposed = await createRig({ nixpkgs: null });
    await disposed.build(run("mkdir $out"));
    folder = dirname(disposed.cache);
  }
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync("/proc/mounts", "utf8")).not.toContain(folder);
});

test("a rig removes the files and users of a killed process", async () => {
  // The ID of a process that has ended.
  const pid = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
  const folder = join(tmpdir(), `phasecache-rig-${pid}-killed`);
  mkdirSync(join(folder, "read-only/below"), { recursive: true });
  chmodSync(join(folder, "read-only"), 0o555);
  const isRoot = process.getuid!() === 0;
  if (isRoot) {
    execFileSync("groupadd", ["--system", `pcbld${pid}g1`]);
    execFileSync("useradd", ["--system", "--no-create-home", "--gid", `pcbld${pid}g1`, `pcbld${pid}g1u1`]);
  }
  await using next = await createRig({ nixpkgs: null });
  expect(readdirSync(tmpdir())).not.toContain(`phasecache-rig-${pid}-killed`);
  expect(readFileSync("/etc/passwd", "utf8") + readFileSync("/etc/group", "utf8")).not.toContain(
    `pcbld${pid}g`,
  );
  expect(existsSync(next.cache)).toBe(true);
});
