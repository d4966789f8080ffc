import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import {
  findObstacle,
  isCalledInTheEnd,
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

/** What a phase that changed this is in the way of; TOP stands for a directory. */
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

describe("nothing is in the way of", () => {
  it.each<[string, Change]>([
    ["a phase that changed nothing", {}],
    ["a directory below the build directory", { cwd: "TOP/build/source" }],
    ["a job that has ended", { facts: { jobs: "" } }],
    ["a command that has been forgotten", { facts: { commands: "" } }],
    ["a command that is found where it was", { facts: { commands: "builtin hash -p TOP/bin/sed sed\n" } }],
    ["a limit that the kernel does not tell any more", { surroundings: { limits: {} } }],
    ["descriptors that nobody can read", { surroundings: { descriptors: null } }],
    ["names that others make, too", { surroundings: { names: null } }],
    ["a name that has gone", { surroundings: { names: { "/": ["build"], "/nix/store": [] } } }],
    ["a queue that has gone", { surroundings: { queues: [] } }],
  ])("%s", (_, change) => expect(obstacle(change)).toBeNull());
});

describe("a phase is not saved that left", () => {
  it.each<[string, Change, ...string[]]>([
    ["the shell outside the roots", { cwd: "TOP" }, "outside"],
    ["the shell beside a root", { cwd: "TOP/build2" }, "build2"],
    ["the shell in a directory that it removed", { cwd: "TOP/build/none" }, "build/none"],
    ["a background job", { facts: { jobs: "[1]+  4711 Running     sleep 9 &\n" } }, "sleep 9 &"],
    ["SHELLOPTS exported", { facts: { exported: "SHELLOPTS" } }, "SHELLOPTS"],
    ["another builtin", { facts: { builtins: more(facts.builtins, "enable -f x.so mine") } }, "x.so mine"],
    ["one builtin less", { facts: { builtins: "enable cd\n" } }, "enable echo"],
    [
      "a command elsewhere than PATH has it",
      { facts: { commands: more(facts.commands, "builtin hash -p /opt/sed sed") } },
      "/opt/sed",
    ],
    [
      "a command that is no program any more",
      { facts: { commands: more(facts.commands, "builtin hash -p TOP/bin/notes notes") } },
      "bin/notes",
    ],
    [
      "a file descriptor open",
      { surroundings: { descriptors: { ...around.descriptors, "9": "/x" } } },
      "9",
      "/x",
    ],
    ["one elsewhere", { surroundings: { descriptors: { ...around.descriptors, "1": "/x" } } }, "1", "/x"],
    ["one closed", { surroundings: { descriptors: { "1": "pipe:[1]" } } }, "0"],
    [
      "another limit",
      { surroundings: { limits: { "Max open files": "64 64 files" } } },
      "Max open files",
      "1024",
      "64",
    ],
    ["a new limit", { surroundings: { limits: { ...around.limits, "Max new": "1" } } }, "Max new"],
    ["another niceness", { surroundings: { scheduling: "niceness 5, processors 0-1" } }, "niceness 5"],
    ["another mode of the build directory", { surroundings: { mode: 0o700 } }, "755", "700"],
    ["System V IPC", { surroundings: { queues: ["shm 0 1", "sem 7 2"] } }, "sem 7 2"],
    ["a file in /", { surroundings: { names: { "/": ["build", "new", "tmp"] } } }, " /new"],
    ["one in the store", { surroundings: { names: { "/nix/store": ["a", "b"] } } }, "/nix/store/b"],
    ["one in a directory that it made", { surroundings: { names: { "/var": ["x"] } } }, "/var/x"],
  ])("%s; it is named, and the hook goes on", (_, change, ...names) => {
    const found = obstacle(change)!;
    for (const name of names) expect(found.text).toContain(name);
    expect(found.ends).toBe(false);
  });
});

describe("the hook stays out of the rest of the build after a phase that changed", () => {
  it.each<[string, Change, string]>([
    ["a trap", { facts: { traps: more(facts.traps, "trap -- 'rm x' ERR") } }, "rm x"],
    ["the trap on EXIT", { facts: { traps: "trap -- 'mine' EXIT\n" } }, "mine"],
    ["a trap away", { facts: { traps: "" } }, "trap"],
    ["a function of stdenv's", { facts: { replaced: ["runPhase"] } }, "runPhase"],
  ])("%s", (_, change, name) => {
    const found = obstacle(change)!;
    expect(found.text).toContain(name);
    expect(found.ends).toBe(true);
  });
});

it("of several obstacles one that ends the hook's part is told before the others", () => {
  const both = { cwd: "/", facts: { replaced: ["exitHandler"], jobs: "[1] 1 x\n" } };
  expect(obstacle(both)!.text).toContain("exitHandler");
  expect(obstacle({ ...both, facts: { jobs: both.facts.jobs } })!.text).toContain("outside");
});

it("names are escaped", () => {
  const says = obstacle({ surroundings: { names: { "/": ["\x1b[2J"] } } })!.text;
  expect(says).not.toContain("\x1b");
});

describe("the hook is called when the builder ends", () => {
  it.each<[string, Partial<ShellFacts>, boolean]>([
    ["from stdenv's trap", {}, true],
    ["from one that bash prints without quotes", { traps: "trap -- exitHandler EXIT\n" }, true],
    ["not from another trap", { traps: "trap -- 'cleanUp' EXIT\n" }, false],
    ["not from one that only begins like it", { traps: "trap -- 'exitHandler; x' EXIT\n" }, false],
    ["not from a trap on something else", { traps: "trap -- 'exitHandler' ERR\n" }, false],
    ["not without a trap", { traps: "" }, false],
    ["not if the function is another one", { replaced: ["exitHandler"] }, false],
    ["also if some other function is", { replaced: ["runPhase"] }, true],
  ])("%s", (_, changed, expected) => {
    expect(isCalledInTheEnd({ ...facts, ...changed })).toBe(expected);
  });
});
