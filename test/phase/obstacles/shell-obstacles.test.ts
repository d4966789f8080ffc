import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import {
  findObstacle,
  isCalledAtEnd,
  type ShellMoment,
} from "../../../runtime/phase/obstacles/shell-obstacles.ts";
import type { Surroundings } from "../../../runtime/phase/obstacles/surroundings.ts";
import type { ShellFacts } from "../../../runtime/shell/index.ts";
import { makeFolder } from "../../store/example.ts";
import { shell } from "../rig.ts";

const quiet: ShellMoment = {
  facts: {
    traps: "trap -- 'exitHandler' EXIT\n",
    jobs: "",
    processes: [],
    builtins: "enable cd\nenable echo\n",
    commands: "builtin hash -p /usr/bin/sed sed\n",
    exported: "",
    replaced: [],
  },
  surroundings: {
    descriptors: { "0": "/dev/null", "1": "pipe:[1]" },
    limits: { "Max open files": "1024 4096 files" },
    scheduling: "niceness 0, processors 0-1",
    processes: [],
    mode: 0o755,
    names: { "/": ["build", "tmp"], "/nix/store": ["a"] },
    queues: ["shm 0 1"],
  },
};

let top: string;
beforeEach(() => {
  top = makeFolder();
  mkdirSync(`${top}/build/source`, { recursive: true });
  mkdirSync(`${top}/build2`);
  mkdirSync(`${top}/bin`);
  writeFileSync(`${top}/bin/sed`, "");
  chmodSync(`${top}/bin/sed`, 0o755);
  writeFileSync(`${top}/bin/notes`, "");
  chmodSync(`${top}/bin/notes`, 0o644);
});

interface Change {
  facts?: Partial<ShellFacts>;
  surroundings?: Partial<Surroundings>;
  cwd?: string;
  path?: string;
}

/** The obstacle after a phase that made this change; TOP stands for a directory. */
function obstacle({ facts = {}, surroundings = {}, cwd = "TOP/build", path = "TOP/bin" }: Change) {
  const real = (text: string) => text.replaceAll("TOP", top);
  const state = { roots: [{ name: "build" as const, path: `${top}/build` }] };
  const now = {
    facts: { ...quiet.facts, ...facts, commands: real(facts.commands ?? quiet.facts.commands) },
    surroundings: { ...quiet.surroundings, ...surroundings },
  };
  return findObstacle(state, { ...shell({ PATH: real(path) }), cwd: real(cwd) }, quiet, now);
}

const more = (text: string, line: string) => `${text}${line}\n`;
const { facts, surroundings: around } = quiet;

describe("no obstacle:", () => {
  it.each<[string, Change]>([
    ["a phase that changed nothing", {}],
    ["a directory below the build directory", { cwd: "TOP/build/source" }],
    ["no job", { facts: { jobs: "" } }],
    ["a command removed from the hash table", { facts: { commands: "" } }],
    [
      "a hashed command that PATH finds at the same path",
      { facts: { commands: "builtin hash -p TOP/bin/sed sed\n" } },
    ],
    ["an unknown limit", { surroundings: { limits: {} } }],
    ["unreadable file descriptors", { surroundings: { descriptors: null } }],
    ["no sandbox, where other processes create files, too", { surroundings: { names: null } }],
    ["a removed name", { surroundings: { names: { "/": ["build"], "/nix/store": [] } } }],
    ["a removed queue", { surroundings: { queues: [] } }],
  ])("%s", (_, change) => expect(obstacle(change)).toBeNull());
});

describe("an obstacle for this phase:", () => {
  it.each<[string, Change, ...string[]]>([
    ["working directory outside the roots", { cwd: "TOP" }, "outside"],
    ["working directory beside a root", { cwd: "TOP/build2" }, "build2"],
    ["working directory that does not exist", { cwd: "TOP/build/none" }, "build/none"],
    ["background job", { facts: { jobs: "[1]+  4711 Running     sleep 9 &\n" } }, "sleep 9 &"],
    ["SHELLOPTS exported", { facts: { exported: "SHELLOPTS" } }, "SHELLOPTS"],
    ["new builtin", { facts: { builtins: more(facts.builtins, "enable -f x.so mine") } }, "x.so mine"],
    ["disabled builtin", { facts: { builtins: "enable cd\n" } }, "enable echo"],
    [
      "command hashed at another path than PATH finds",
      { facts: { commands: more(facts.commands, "builtin hash -p /opt/sed sed") } },
      "/opt/sed",
    ],
    [
      "hashed command that is not executable",
      { facts: { commands: more(facts.commands, "builtin hash -p TOP/bin/notes notes") } },
      "bin/notes",
    ],
    [
      "opened file descriptor",
      { surroundings: { descriptors: { ...around.descriptors, "9": "/x" } } },
      "9",
      "/x",
    ],
    [
      "redirected file descriptor",
      { surroundings: { descriptors: { ...around.descriptors, "1": "/x" } } },
      "1",
      "/x",
    ],
    ["closed file descriptor", { surroundings: { descriptors: { "1": "pipe:[1]" } } }, "0"],
    [
      "changed limit",
      { surroundings: { limits: { "Max open files": "64 64 files" } } },
      "Max open files",
      "1024",
      "64",
    ],
    ["new limit", { surroundings: { limits: { ...around.limits, "Max new": "1" } } }, "Max new"],
    ["changed niceness", { surroundings: { scheduling: "niceness 5, processors 0-1" } }, "niceness 5"],
    ["changed mode of the build directory", { surroundings: { mode: 0o700 } }, "755", "700"],
    ["System V IPC", { surroundings: { queues: ["shm 0 1", "sem 7 2"] } }, "sem 7 2"],
    ["new file in /", { surroundings: { names: { "/": ["build", "new", "tmp"] } } }, " /new"],
    ["new path in the Nix store", { surroundings: { names: { "/nix/store": ["a", "b"] } } }, "/nix/store/b"],
    ["new file in a new directory", { surroundings: { names: { "/var": ["x"] } } }, "/var/x"],
  ])("%s", (_, change, ...names) => {
    const found = obstacle(change)!;
    for (const name of names) expect(found.text).toContain(name);
    expect(found.ends).toBe(false);
  });
});

describe("an obstacle that ends caching for the build:", () => {
  it.each<[string, Change, string]>([
    ["new trap", { facts: { traps: more(facts.traps, "trap -- 'rm x' ERR") } }, "rm x"],
    ["changed trap on EXIT", { facts: { traps: "trap -- 'mine' EXIT\n" } }, "mine"],
    ["removed trap", { facts: { traps: "" } }, "trap"],
    ["replaced function of stdenv", { facts: { replaced: ["runPhase"] } }, "runPhase"],
  ])("%s", (_, change, name) => {
    const found = obstacle(change)!;
    expect(found.text).toContain(name);
    expect(found.ends).toBe(true);
  });
});

it("an obstacle that ends caching is reported before the others", () => {
  const both = { cwd: "/", facts: { replaced: ["exitHandler"], jobs: "[1] 1 x\n" } };
  expect(obstacle(both)!.text).toContain("exitHandler");
  expect(obstacle({ ...both, facts: { jobs: both.facts.jobs } })!.text).toContain("outside");
});

it("names are escaped", () => {
  const says = obstacle({ surroundings: { names: { "/": ["\x1b[2J"] } } })!.text;
  expect(says).not.toContain("\x1b");
});

describe("the hook is called when the builder exits:", () => {
  it.each<[string, Partial<ShellFacts>, boolean]>([
    ["stdenv's trap", {}, true],
    ["stdenv's trap, printed without quotes", { traps: "trap -- exitHandler EXIT\n" }, true],
    ["another trap", { traps: "trap -- 'cleanUp' EXIT\n" }, false],
    ["a trap that begins like it", { traps: "trap -- 'exitHandler; x' EXIT\n" }, false],
    ["a trap on another signal", { traps: "trap -- 'exitHandler' ERR\n" }, false],
    ["no trap", { traps: "" }, false],
    ["replaced exitHandler", { replaced: ["exitHandler"] }, false],
    ["another replaced function", { replaced: ["runPhase"] }, true],
  ])("%s", (_, changed, expected) => {
    expect(isCalledAtEnd({ ...facts, ...changed })).toBe(expected);
  });
});
