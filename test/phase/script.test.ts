import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planScript, stopScript } from "../../runtime/phase/script.ts";
import { readList } from "../../runtime/phase/session.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { find, makeRig } from "../tree/rig.ts";

const bash = (script: string) => execFileSync("bash", ["-euo", "pipefail", "-c", script]).toString("latin1");

describe("planScript", () => {
  const script = planScript({
    session: "/tmp/it's here",
    roots: [],
    find,
    restored: ["unpackPhase restored", "", "buildPhase restored"],
    saves: ["installPhase", "odd-phase"],
  });

  it("tells the session", () => expect(bash(`${script} _phaseCacheSession`)).toBe("/tmp/it's here"));

  it("counts the restored phases", () => expect(bash(`${script} _phaseCacheLeft`)).toBe("3"));

  it("prints the line of each restored phase that had run", () => {
    const calls = "_phaseCacheNote 3; _phaseCacheNote 2; _phaseCacheNote 1";
    expect(bash(`${script} ${calls}`)).toBe("unpackPhase restored\nbuildPhase restored\n");
  });

  it("knows the phases to save after", () => {
    const ask = (phase: string) => `if _phaseCacheSaves ${phase}; then printf 1; else printf 0; fi;`;
    expect(bash(`${script} ${ask("installPhase")} ${ask("odd-phase")} ${ask("buildPhase")}`)).toBe("110");
  });

  it("is valid when nothing is restored and nothing saved", () => {
    const empty = planScript({ session: "/s", roots: [], find, restored: [], saves: [] });
    expect(bash(`${empty} _phaseCacheNote 0; _phaseCacheSaves x || _phaseCacheLeft`)).toBe("0");
  });
});

describe("the hook's list of the files", () => {
  let rig: ReturnType<typeof makeRig>;
  let session: string;
  beforeEach(() => {
    rig = makeRig();
    session = join(rig.directory, "it's $HOME");
    mkdirSync(session);
    mkdirSync(join(rig.build, "a\nb"));
    writeFileSync(Buffer.from(`${rig.build}/\xff`, "latin1"), "x");
  });
  afterEach(() => rig.remove());

  /** What the hook has listed; null when it did not say that the list is whole. */
  const listed = (program = find) => {
    const { roots } = rig;
    const script = planScript({ session, roots, find: program, restored: [], saves: [] });
    const said = bash(`source ${resolve("hooks/watch.sh")}; ${script} _phaseCacheListing 2>/dev/null || :`);
    const file = join(rig.directory, "said");
    writeFileSync(file, said);
    const fd = openSync(file, "r");
    try {
      return readList(session, fd);
    } finally {
      closeSync(fd);
    }
  };
  const scanned = () => scanTree(rig.roots, find).encode();

  it("is the scan that the runtime would make, before there are outputs", () => {
    expect(scanned().includes("a\nb")).toBe(true);
    expect(listed()).toEqual(scanned());
  });

  it.each([
    ["a directory", () => mkdirSync(rig.out)],
    ["a dangling symlink", () => symlinkSync("nowhere", rig.out)],
    ["a file", () => writeFileSync(rig.out, "x")],
  ])("has an output that is %s", (_, make) => {
    make();
    expect(scanned().includes("outputs/out")).toBe(true);
    expect(listed()).toEqual(scanned());
  });

  it("has a build directory that is a symlink to the real one", () => {
    renameSync(rig.build, `${rig.build}-real`);
    symlinkSync(`${rig.build}-real`, rig.build);
    expect(listed()).toEqual(scanned());
  });

  it("is made anew each time, also where noclobber is set", () => {
    const { roots } = rig;
    const script = planScript({ session, roots, find, restored: [], saves: [] });
    const twice = "set -o noclobber; _phaseCacheListing; _phaseCacheListing";
    expect(bash(`source ${resolve("hooks/watch.sh")}; ${script} ${twice}`)).toBe("okok");
  });

  it("is none when find fails, after the list or before", () => {
    const failing = join(rig.directory, "find");
    writeFileSync(failing, '#!/bin/sh\n/usr/bin/find "$@"\nexit 1\n');
    chmodSync(failing, 0o755);
    expect(listed(failing)).toBeNull();
    expect(listed("/nonexistent/find")).toBeNull();
  });

  it("is none when there is nothing to list, or nowhere to", () => {
    rmSync(session, { recursive: true });
    expect(listed()).toBeNull();
    mkdirSync(session);
    rmSync(rig.build, { recursive: true });
    expect(listed()).toBeNull();
  });
});

it("stopScript fails the build only when told to", () => {
  expect(bash(`_phaseCacheStop() { printf stopped; }; ${stopScript(false)}`)).toBe("stopped");
  expect(() => bash(stopScript(true))).toThrow();
});
