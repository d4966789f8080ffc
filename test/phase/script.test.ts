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
import { endScript, planScript, stopScript } from "../../runtime/phase/script.ts";
import { readList } from "../../runtime/phase/session.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { find, makeRig } from "../tree/rig.ts";

const bashQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const bash = (script: string) => execFileSync("bash", ["-euo", "pipefail", "-c", script]).toString("latin1");

/** An empty plan. */
const empty = {
  session: "/s",
  roots: [],
  find,
  phases: [],
  splits: [],
  runPhase: "",
  shell: 7,
  restored: [],
  saves: [],
  callsEnd: false,
};

describe("planScript", () => {
  const script = planScript({
    ...empty,
    session: "/tmp/it's here",
    phases: ["unpackPhase", "patchPhase", "buildPhase", "odd-phase", "buildPhase", "last phase"],
    restored: ["unpackPhase restored", "", "buildPhase restored"],
    saves: ["buildPhase", "odd-phase"],
    callsEnd: true,
  });
  const ask = (call: string) => `if ${call}; then printf 1; else printf 0; fi;`;

  it("prints the session's directory", () =>
    expect(bash(`${script} _phaseCacheSession`)).toBe("/tmp/it's here"));

  it("begins with position 0", () =>
    expect(bash(`${script} _phaseCacheWithPosition echo a b`)).toBe("a b 0\n"));

  it("knows the phases by position and name", () => {
    const calls = ["0:unpackPhase", "1:unpackPhase", "4:buildPhase", "6:", "5:'last phase'", ""].map((one) =>
      ask(`_phaseCacheIsPhase ${one}`),
    );
    expect(bash(`${script} ${calls.join(" ")}`)).toBe("101010");
  });

  it("knows the restored phases, and prints the line of each that ran", () => {
    const calls = [0, 1, 2, 3].map((one) => ask(`_phaseCachePrintRestored ${one}`)).join(" ");
    expect(bash(`${script} ${calls}`)).toBe("unpackPhase restored\n11buildPhase restored\n10");
    const known = [2, 3].map((one) => ask(`_phaseCacheIsPhase restored:${one}`)).join(" ");
    expect(bash(`${script} ${known}`)).toBe("10");
  });

  it("knows the phases to save, and whether to call at the end", () => {
    const calls = [1, 2, 3, 4, 5].map((one) => ask(`_phaseCacheShouldSave ${one}`)).join(" ");
    expect(bash(`${script} ${calls} ${ask("_phaseCacheShouldCallEnd")}`)).toBe("011101");
    expect(
      bash(`${script} ${endScript} ${ask("_phaseCacheShouldCallEnd")} ${ask("_phaseCacheShouldSave 2")}`),
    ).toBe("00");
  });

  it("is valid if nothing is restored or saved", () => {
    const calls = [
      "_phaseCachePrintRestored 0",
      "_phaseCacheShouldSave 0",
      "_phaseCacheShouldCallEnd",
      "_phaseCacheIsPhase 0:",
    ];
    expect(bash(`${planScript(empty)} ${calls.map(ask).join(" ")}`)).toBe("0000");
  });

  it("does not expand aliases", () => {
    const aliases = "shopt -s expand_aliases; alias builtin=false printf=false return=false";
    expect(bash(`${aliases}\neval ${bashQuoted(script)}\n_phaseCacheSession`)).toBe("/tmp/it's here");
  });
});

describe("a plan with parts", () => {
  const runPhase = `runPhase () 
{ 
    local curPhase="$*";
    echo "before $curPhase";
    eval "\${!curPhase:-$curPhase}";
    echo after
}`;
  const split = {
    pre: "preBuild",
    caller: null,
    isRoutine: false,
    body: "",
    runnerLocals: ["curPhase"],
    phaseLocals: [],
  };
  const script = planScript({
    ...empty,
    phases: ["buildPhase+preBuild", "buildPhase", "testPhase", "testPhase+postCheck", "installPhase"],
    runPhase,
    splits: [
      { ...split, phase: "buildPhase", post: "postBuild" },
      {
        ...split,
        phase: "testPhase",
        pre: null,
        post: "postCheck",
        caller: "runTests",
        phaseLocals: ["flags"],
      },
    ],
  });
  const ask = (call: string) => `if ${call}; then printf 1; else printf 0; fi;`;

  it("tells parts from phases", () => {
    const calls = [
      "pre:0",
      "0:buildPhase+preBuild",
      "1:buildPhase",
      "post:1",
      "2:testPhase",
      "post:3",
      "pre:3",
    ];
    expect(bash(`${script} ${calls.map((one) => ask(`_phaseCacheIsPhase ${one}`)).join(" ")}`)).toBe(
      "1010110",
    );
  });

  it("knows the calls of hooks, also of a hook that is not set", () => {
    const runners = "_phaseCacheStdenv_runPhase _phaseCacheRunPhase runPhase";
    const calls = [
      `7:preBuild:${runners}`,
      `7:postBuild:${runners}`,
      `7:postCheck:runTests ${runners}`,
      `7:postCheck:${runners}`,
      `8:preBuild:${runners}`,
      `7:postBuild:other ${runners}`,
      "7:postInstall:",
    ];
    const known = calls.map((one) => ask(`_phaseCacheIsHookCall '${one}'`)).join(" ");
    expect(bash(`${script} ${known}`)).toBe("1110000");
    expect(bash(`${script} enable -n builtin return; ${known}`)).toBe("1110000");
    const places = ["1:preBuild", "1:postBuild", "2:postCheck", "2:postBuild", "0:preBuild"];
    expect(bash(`${script} ${places.map((one) => ask(`_phaseCacheIsHookAt ${one}`)).join(" ")}`)).toBe(
      "11100",
    );
  });

  it("sets the local variables of phases with parts", () => {
    const show = `; echo "\${_phaseCacheRunnerLocals[*]} / \${_phaseCachePhaseLocals[*]}";`;
    const calls = `_phaseCacheReadSplit 1 ${show} _phaseCacheReadSplit 2 ${show} ${ask("_phaseCacheReadSplit 4")}`;
    expect(bash(`${script} ${calls}`)).toBe("curPhase / \ncurPhase / flags\n0");
  });

  it("runs a hook in place of its phase, with the phase's local variables", () => {
    const functions = 'runHook() { echo "$1 in $curPhase"; flags=set; curPhase=other; }';
    expect(
      bash(`${functions}; ${script} _phaseCacheRunPart testPhase; echo "\${flags-none} \${curPhase-none}"`),
    ).toBe("before testPhase\npostCheck in testPhase\nafter\nnone none\n");
  });
});

it("announces a phase whose hook runs, unless the hook is a routine one", () => {
  const runPhase = `runPhase () 
{ 
    local curPhase="$*";
    showPhaseHeader "$curPhase";
    eval "\${!curPhase:-$curPhase}"
}`;
  const split = { pre: null, caller: null, body: "", runnerLocals: [], phaseLocals: [] };
  const script = planScript({
    ...empty,
    phases: ["buildPhase", "buildPhase+postBuild", "fixupPhase", "fixupPhase+postFixup"],
    runPhase,
    splits: [
      { ...split, phase: "buildPhase", post: "postBuild", isRoutine: false },
      { ...split, phase: "fixupPhase", post: "postFixup", isRoutine: true },
    ],
  });
  const functions = 'showPhaseHeader() { echo "running $1"; }; runHook() { echo "$1"; }';
  const output = bash(`${functions}; ${script} _phaseCacheRunPart buildPhase; _phaseCacheRunPart fixupPhase`);
  expect(output).toBe("running buildPhase\npostBuild\npostFixup\n");
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

  /** The list that the hook has made; null if it did not report that the list is complete. */
  const listed = (program = find) => {
    const { roots } = rig;
    const script = planScript({ ...empty, session, roots, find: program });
    const output = bash(
      `source ${resolve("hooks/watch.sh")}; ${script} _phaseCacheListRoots 2>/dev/null || :`,
    );
    const file = join(rig.directory, "output");
    writeFileSync(file, output);
    const fd = openSync(file, "r");
    try {
      return readList(session, fd);
    } finally {
      closeSync(fd);
    }
  };
  const scanned = () => scanTree(rig.roots, find).encode();

  it("equals the scan of the runtime, before there are outputs", () => {
    expect(scanned().includes("a\nb")).toBe(true);
    expect(listed()).toEqual(scanned());
  });

  it.each([
    ["a directory", () => mkdirSync(rig.out)],
    ["a dangling symlink", () => symlinkSync("nowhere", rig.out)],
    ["a file", () => writeFileSync(rig.out, "x")],
  ])("includes an output that is %s", (_, make) => {
    make();
    expect(scanned().includes("outputs/out")).toBe(true);
    expect(listed()).toEqual(scanned());
  });

  it("includes a build directory that is a symlink", () => {
    renameSync(rig.build, `${rig.build}-real`);
    symlinkSync(`${rig.build}-real`, rig.build);
    expect(listed()).toEqual(scanned());
  });

  it("is written each time, even if noclobber is set", () => {
    const { roots } = rig;
    const script = planScript({ ...empty, session, roots });
    const twice = "set -o noclobber; _phaseCacheListRoots; _phaseCacheListRoots";
    expect(bash(`source ${resolve("hooks/watch.sh")}; ${script} ${twice}`)).toBe("okok");
  });

  it("is incomplete if find fails, before or after it has listed the files", () => {
    const failing = join(rig.directory, "find");
    writeFileSync(failing, '#!/bin/sh\n/usr/bin/find "$@"\nexit 1\n');
    chmodSync(failing, 0o755);
    expect(listed(failing)).toBeNull();
    expect(listed("/nonexistent/find")).toBeNull();
  });

  it("is incomplete if there is nothing to list, or no directory for the list", () => {
    rmSync(session, { recursive: true });
    expect(listed()).toBeNull();
    mkdirSync(session);
    rmSync(rig.build, { recursive: true });
    expect(listed()).toBeNull();
  });
});

it("stopScript fails the build only if requested", () => {
  expect(bash(`_phaseCacheStop() { printf stopped; }; ${stopScript(false)}`)).toBe("stopped");
  expect(() => bash(stopScript(true))).toThrow();
});
