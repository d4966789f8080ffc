import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectDocument } from "../cli/rig/schema.ts";
import { createMachine, type Machine, nixConf } from "./rig/machine.ts";

const isRoot = process.getuid!() === 0;
const line = "extra-sandbox-paths = /var/cache/phasecache?\n";

const configOf = (machine: Machine) => readFileSync(join(machine.root, "etc/nix/nix.conf"), "utf8");
const modeOf = (machine: Machine) =>
  (statSync(join(machine.root, "cache/phasecache")).mode & 0o7777).toString(8);

describe.skipIf(!isRoot)(`init${isRoot ? "" : " (needs root)"}`, () => {
  it("creates the directory and prints only the line on standard output", async () => {
    await using machine = createMachine();
    const first = await machine.run("umask 077; phasecache init");
    expect(first).toMatchObject({ status: 0, stdout: line });
    expect(first.stderr).toMatch(/^created \/var\/cache\/phasecache \(root:nixbld, mode 2770\)$/m);
    expect(first.stderr).toMatch(/to undo this: .*nix\.conf; sudo rm -r \/var\/cache\/phasecache/);
    expect(first.stderr).not.toContain("restart");
    expect(modeOf(machine)).toBe("2770");
    expect(configOf(machine)).toBe(nixConf);
    const second = await machine.run("phasecache init");
    expect(second).toMatchObject({ status: 0, stdout: line });
    expect(second.stderr).toMatch(/already exists with the right access/);
  });

  it("--write shows the line, adds it once, and asks for a restart of the daemon", async () => {
    await using machine = createMachine();
    writeFileSync(join(machine.root, "etc/nix/nix.conf"), nixConf.trimEnd());
    const first = await machine.run("nix-daemon & sleep 1; phasecache init --write -y");
    expect(first).toMatchObject({ status: 0, stdout: "" });
    expect(first.stderr).toMatch(/settings to add to \/etc\/nix\/nix\.conf:\n {2}extra-sandbox-paths = /);
    expect(first.stderr).toMatch(/now run: sudo systemctl restart nix-daemon/);
    expect(configOf(machine)).toBe(nixConf + line);
    const second = await machine.run("phasecache init --write -y --json");
    expectDocument("init", second.stdout);
    expect(JSON.parse(second.stdout)).toMatchObject({ outcome: "unchanged", lines: [], written: false });
    expect(configOf(machine)).toBe(nixConf + line);
  });

  it("--write creates a missing nix.conf that everybody can read", async () => {
    await using machine = createMachine();
    const { status } = await machine.run("rm /etc/nix/nix.conf; phasecache init --write -y");
    expect(status).toBe(0);
    expect(statSync(join(machine.root, "etc/nix/nix.conf")).mode & 0o777).toBe(0o644);
  });

  it("--write asks for confirmation, and changes nothing without an answer", async () => {
    await using machine = createMachine();
    const { status, stderr } = await machine.run("phasecache init --write");
    expect(status).toBe(2);
    expect(stderr).toMatch(/without a terminal[\s\S]*-y/);
    const refused = await machine.run(`echo n | script -qec "phasecache init --write" /dev/null`);
    expect(refused.stdout).toMatch(/Change \/etc\/nix\/nix\.conf\? \[y\/N\]/);
    expect(configOf(machine)).toBe(nixConf);
    const agreed = await machine.run(
      `(sleep 2; echo y; sleep 1) | script -qec "phasecache init --write" /dev/null`,
    );
    expect(agreed.stdout).toMatch(/added to \/etc\/nix\/nix\.conf/);
    expect(configOf(machine)).toBe(nixConf + line);
  });

  it("adds the line to nix.custom.conf, which Determinate Nix reserves for the user", async () => {
    await using machine = createMachine();
    const { status, stderr } = await machine.run(
      "echo '!include nix.custom.conf' >> /etc/nix/nix.conf; phasecache init --write -y; cat /etc/nix/nix.custom.conf >&2; phasecache doctor",
    );
    expect(stderr).toContain(`\n${line}`);
    expect(status, stderr).toBe(0);
  });

  it("corrects owner, group and mode, and keeps the contents", async () => {
    await using machine = createMachine();
    const { status, stderr, stdout } = await machine.run(
      "phasecache init; touch /var/cache/phasecache/v1/tmp/x; chown daemon:daemon /var/cache/phasecache; chmod 700 /var/cache/phasecache; phasecache init --json; stat -c '%U:%G %a' /var/cache/phasecache; ls /var/cache/phasecache/v1/tmp",
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/"outcome":"changed"[\s\S]*\nroot:nixbld 2770\nx\n$/);
  });

  it("mounts another directory at the path where the hook looks for it", async () => {
    await using machine = createMachine();
    const { stdout, stderr } = await machine.run("mkdir /nix/data; phasecache init /nix/data/store");
    expect(stdout).toBe("extra-sandbox-paths = /var/cache/phasecache=/nix/data/store?\n");
    expect(stderr).toContain("phasecache doctor --store /nix/data/store");
  });

  it("prints the module's options on NixOS, and does not change nix.conf", async () => {
    await using machine = createMachine();
    const { status, stdout } = await machine.run("touch /etc/NIXOS; phasecache init");
    expect(status).toBe(0);
    expect(stdout).toMatch(/programs\.phasecache\.enable = true;\n$/);
    expect(modeOf(machine)).toBe("2770");
    const written = await machine.run("phasecache init --write -y");
    expect(written).toMatchObject({ status: 2, stdout: "" });
    expect(configOf(machine)).toBe(nixConf);
  });

  it("creates a directory owned by the user for a single-user Nix", async () => {
    await using machine = createMachine();
    const { stdout, stderr } = await machine.run(`
      sed -i s/nixbld// /etc/nix/nix.conf; mkdir -p /nix/var/nix; chown -R 65534 /nix "$HOME"
      setpriv --reuid=65534 --regid=65534 --clear-groups bash -c '
        phasecache init "$HOME/cache" --write -y; cat "$HOME/.config/nix/nix.conf"'
      stat -c '%U %a' "$HOME/cache"`);
    expect(stdout, stderr).toMatch(
      /^extra-sandbox-paths = \/var\/cache\/phasecache=\S+\/home\/cache\?\nnobody 770\n$/,
    );
  });

  it.each([
    [
      "a user who is not root",
      "mkdir -p /nix/var/nix; setpriv --reuid=65534 phasecache init",
      /only root/,
      /sudo phasecache init/,
    ],
    ["a file", "touch /var/cache/phasecache; phasecache init", /is not a directory/, /init DIR/],
    ["a symlink", "ln -s /nix /var/cache/phasecache; phasecache init", /is not a directory/, /init DIR/],
    [
      "a directory with other files in it",
      "phasecache init /etc",
      /neither a store nor empty/,
      /empty directory/,
    ],
    ["a newer store", "mkdir -p /nix/s/v99; phasecache init /nix/s", /has format 99/, /newer phasecache/],
    [
      "a directory that builds can't reach",
      "mkdir -m 700 /nix/closed; phasecache init /nix/closed/a/b; s=$?; ls /nix/closed >&2; exit $s",
      /cannot reach \/nix\/closed\/a\/b: \/nix\/closed is closed to other users/,
      /chmod o\+x \/nix\/closed,[^\n]*\n$/,
    ],
    [
      "a group that does not exist",
      "sed -i s/nixbld/nobld/ /etc/nix/nix.conf; phasecache init",
      /the group nobld, /,
      /build-users-group/,
    ],
    [
      "a machine without Nix",
      `ln -s /usr/bin/bash .; PATH=$(dirname "$(command -v phasecache)"):$PWD; phasecache init`,
      /no nix on PATH/,
      /install Nix/,
    ],
  ])("refuses %s", async (_, code, says, remedy) => {
    await using machine = createMachine();
    const { status, stdout, stderr } = await machine.run(code);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(remedy);
    expect(configOf(machine)).not.toContain("phasecache");
  });
});
