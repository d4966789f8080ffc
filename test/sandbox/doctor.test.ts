import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectDocument } from "../cli/rig/schema.ts";
import { createMachine, type Machine } from "./rig/machine.ts";

const isRoot = process.getuid!() === 0;

interface Finding {
  check: string;
  status: string;
  message: string;
  remedy?: string;
}

/** Puts a wrapper of a Nix program first on PATH, which edits the program's output. */
const altered = (program: string, edit: string) =>
  `real=$(command -v ${program}); mkdir -p altered; printf '#!/bin/bash\\n%s "$@" | sed -E %q\\nexit "\${PIPESTATUS[0]}"\\n' "$real" '${edit}' > altered/${program}; chmod +x altered/${program}; PATH=$PWD/altered:$PATH`;

const addSetting = (line: string) => `echo '${line}' >> /etc/nix/nix.conf`;

/** Problems: how to create each on a healthy machine, and the finding that doctor must report. */
const problems: Record<
  string,
  { prepare: string; check: string; says: RegExp; remedy: RegExp; doctor?: string }
> = {
  "no Nix": {
    prepare: `mkdir none; for tool in node bash getent env; do ln -s "$(command -v $tool)" none; done; PATH=$PWD/none:${"$HOME"}/../bin`,
    check: "nix",
    says: /there is no nix on PATH/,
    remedy: /install Nix/,
  },
  "an old Nix": {
    prepare: altered("nix", "s/Nix\\) .*/Nix) 2.3.16/"),
    check: "nix",
    says: /2\.3\.16 is older than 2\.8/,
    remedy: /newer Nix/,
  },
  "no sandbox": {
    prepare: addSetting("sandbox = false"),
    check: "sandbox",
    says: /without a sandbox/,
    remedy: /sandbox = true/,
  },
  "a store that is not in sandbox-paths": {
    prepare: "sed -i /phasecache/d /etc/nix/nix.conf",
    check: "sandbox-paths",
    says: /builds do not see \/var\/cache\/phasecache/,
    remedy: /add to \/etc\/nix\/nix.conf: extra-sandbox-paths = \/var\/cache\/phasecache\?/,
  },
  "settings of a user that the daemon does not trust": {
    prepare: `sed -i /phasecache/d /etc/nix/nix.conf; nix-daemon & sleep 1; mkdir -p /home/.config/nix; export NIX_USER_CONF_FILES=$PWD/own.conf; echo 'extra-sandbox-paths = /var/cache/phasecache' > own.conf; chmod -R o+rX .`,
    doctor: "setpriv --reuid=65534 --regid=65534 --clear-groups phasecache doctor",
    check: "sandbox-paths",
    says: /ignores for untrusted users/,
    remedy: /nix.conf.*restart nix-daemon/,
  },
  "a daemon that was started before the settings were changed": {
    prepare: "nix-daemon & sleep 1; touch -d '1 hour' /etc/nix/nix.conf",
    check: "daemon",
    says: /started before .*nix.conf was changed/,
    remedy: /restart nix-daemon/,
  },
  "auto-allocate-uids": {
    // Nix 2.8 does not have this setting.
    prepare: `${addSetting("auto-allocate-uids = true")}; ${addSetting("extra-experimental-features = auto-allocate-uids cgroups")}; ${altered("nix", String.raw`s/\}$/,"auto-allocate-uids":{"value":true}}/`)}`,
    check: "auto-allocate-uids",
    says: /its own user and group/,
    remedy: /auto-allocate-uids = false/,
  },
  "no directory": {
    prepare: "rm -r /var/cache/phasecache",
    check: "directory",
    says: /does not exist/,
    remedy: /sudo phasecache init$/,
  },
  "a file in place of the directory": {
    prepare: "rm -r /var/cache/phasecache; touch /var/cache/phasecache",
    check: "directory",
    says: /is not a directory/,
    remedy: /phasecache init DIR/,
  },
  "a directory of another group": {
    prepare: "chgrp daemon /var/cache/phasecache",
    check: "directory",
    says: /root:daemon, mode 2770, but builds need root:nixbld, mode 2770/,
    remedy: /sudo phasecache init$/,
  },
  "a directory that is not writable for its group": {
    prepare: "chmod 2750 /var/cache/phasecache",
    check: "directory",
    says: /mode 2750, but builds need/,
    remedy: /sudo phasecache init$/,
  },
  "a folder in the store with another group": {
    prepare: "chgrp daemon /var/cache/phasecache/v1/snapshots",
    check: "directory",
    says: /builds cannot use \/var\/cache\/phasecache\/v1\/snapshots$/,
    remedy: /chgrp -R nixbld \/var\/cache\/phasecache/,
  },
  "a group that does not exist": {
    prepare: addSetting("build-users-group = nobuild"),
    check: "directory",
    says: /the group nobuild, .* does not exist/,
    remedy: /build-users-group/,
  },
  "a parent directory that others can't traverse": {
    prepare: "chmod o-x /var/cache",
    check: "parents",
    says: /^builds cannot pass through \/var\/cache$/,
    remedy: /^chmod o\+x \/var\/cache$/,
  },
  "a full disk": {
    prepare: "mount -t tmpfs -o size=10M,mode=2770,gid=nixbld tmpfs /var/cache/phasecache",
    check: "space",
    says: /only 10\.0 MiB free/,
    remedy: /gc --max-size/,
  },
  "a store of a newer format": {
    prepare: "rm -r /var/cache/phasecache/v1; mkdir /var/cache/phasecache/v99",
    check: "format",
    says: /has format 99/,
    remedy: /newer phasecache/,
  },
  "a runtime that lacks a file": {
    prepare: `cp -r "$(dirname "$(sed -n 's/.* \\(.*mjs\\) .*/\\1/p' ../bin/phasecache)")" dist; rm dist/hook.cjs; phasecache() { node dist/phasecache.mjs "$@"; }`,
    check: "runtime",
    says: /missing in .*: hook\.cjs/,
    remedy: /reinstall phasecache/,
  },
  "a store that builds can't write to": {
    prepare:
      "mount --bind /var/cache/phasecache /var/cache/phasecache; mount -o remount,bind,ro /var/cache/phasecache",
    check: "test-build",
    says: /cannot write to .*EROFS/,
    remedy: /init/,
  },
  "a Nix that can't build": {
    prepare: addSetting("max-jobs = 0"),
    check: "test-build",
    says: /Nix cannot build: /,
    remedy: /nix-build/,
  },
};

async function healthy(): Promise<Machine> {
  const machine = createMachine();
  const { status, stderr } = await machine.run("phasecache init --write -y");
  expect(status, stderr).toBe(0);
  return machine;
}

describe.skipIf(!isRoot)(`doctor${isRoot ? "" : " (needs root)"}`, () => {
  it("finds no problem on a healthy machine", async () => {
    await using machine = await healthy();
    const { status, stdout } = await machine.run("phasecache doctor");
    expect(stdout).not.toMatch(/^FAIL/m);
    expect(stdout).toMatch(
      /^PASS {2}test-build: a test build \(1000:100\) wrote a file to \/var\/cache\/phasecache, read it/m,
    );
    expect(status).toBe(0);
    expect(readdirSync(join(machine.root, "cache/phasecache/v1/tmp"))).toEqual([]);
  });

  it("finds no problem with a daemon", async () => {
    await using machine = await healthy();
    const { status, stdout } = await machine.run("nix-daemon & sleep 1; phasecache doctor");
    expect(stdout).toMatch(/^PASS {2}daemon: /m);
    expect(status, stdout).toBe(0);
  });

  it("reports what it can't check for a user without access to the store", async () => {
    await using machine = await healthy();
    const { status, stdout } = await machine.run(
      "nix-daemon & sleep 1; chmod -R o+rX .; setpriv --reuid=65534 --regid=65534 --clear-groups phasecache doctor",
    );
    expect(stdout).toMatch(/^INFO {2}trusted-user: Nix does not trust nobody/m);
    expect(stdout).toMatch(/^INFO {2}format: you may not read the store\n {6}run this as root$/m);
    expect(stdout).toMatch(/^PASS {2}test-build: /m);
    expect(status, stdout).toBe(0);
  });

  it("tests with the sandbox's /bin/sh when builds have no Node", async () => {
    await using machine = await healthy();
    const { status, stdout } = await machine.run(
      `sed -i 's,^sandbox-paths.*,sandbox-paths = /bin/sh=/usr/bin/dash /lib=/usr/lib /lib64=/usr/lib64?,' /etc/nix/nix.conf; phasecache doctor; ls -A /var/cache/phasecache/v1/tmp`,
    );
    expect(stdout).toMatch(/^PASS {2}test-build: a test build \(someone\) wrote/m);
    expect(stdout).not.toMatch(/\.doctor-/);
    expect(status).toBe(0);
  });

  it.each(Object.entries(problems))(
    "%s",
    async (_, { prepare, check, says, remedy, doctor = "phasecache doctor" }) => {
      await using machine = await healthy();
      const { status, stdout, stderr } = await machine.run(`${prepare}; ${doctor} --json`);
      expect(status, stdout + stderr).toBe(4);
      expectDocument("doctor", stdout);
      const { findings, failed } = JSON.parse(stdout) as { findings: Finding[]; failed: number };
      expect(findings.filter(({ status }) => status === "fail")).toHaveLength(failed);
      expect(findings).toContainEqual({
        check,
        status: "fail",
        message: expect.stringMatching(says),
        remedy: expect.stringMatching(remedy),
      });
    },
  );
});
