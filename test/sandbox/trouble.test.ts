import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../runtime/store/open.ts";
import { readStats } from "../../runtime/store/stats.ts";
import { type BuildOptions, type BuildResult, compareOutputs, createRig, type Rig } from "./rig.ts";

const isRoot = process.getuid!() === 0;

/** A package with the hook; `attributes` are Nix bindings, `inputs` Nix elements that come before the hook. */
function sample(attributes = "", { inputs = "", hook = "pkgs.phaseCacheHook" } = {}): string {
  return `pkgs.stdenv.mkDerivation ({
    pname = "sample"; version = "1.0"; dontUnpack = true;
    nativeBuildInputs = [ ${inputs} ${hook} ];
    buildPhase = "echo built > built"; installPhase = "mkdir -p $out; cp built $out";
  } // { ${attributes} })`;
}

/** A setup hook with this text, as an element of nativeBuildInputs. */
const setupHook = (text: string) =>
  `(builtins.toFile "setup-hook.sh" ${JSON.stringify(text).replaceAll("${", "\\${")})`;

/** The number of hits of a store, and the bytes that they restored. */
const hitsOf = (cache: string) => readStats(openStore(cache, { write: false })).sums.hit;

/** The hook with another path of Node. */
const brokenHook = (path: string) => `(pkgs.runCommand "broken-hook" { } ''
  mkdir -p $out/nix-support
  sed "s,_phaseCacheWatch \\"[^\\"]*\\",_phaseCacheWatch ${path}," \${pkgs.phaseCacheHook}/nix-support/setup-hook > $out/nix-support/setup-hook
'')`;

interface Problem {
  /** Causes the problem. The store is empty. */
  prepare?: (cache: string) => void;
  undo?: (cache: string) => void;
  attributes?: string;
  hook?: string;
  options?: BuildOptions;
  /** Match the only message: the problem and its remedy. */
  says: RegExp[];
  needsRoot?: boolean;
}

const problems: Record<string, Problem> = {
  "a store that does not exist": {
    options: { store: false },
    says: [/\/var\/cache\/phasecache does not exist/, /sandbox-paths/],
  },
  "an unreadable store": {
    prepare: (cache) => chmodSync(cache, 0o700),
    says: [/\/var\/cache\/phasecache can't be read/, /group/],
    needsRoot: true,
  },
  "a store that can't be written to": {
    prepare: (cache) => chmodSync(cache, 0o2550),
    says: [/can't be written to/, /mode/],
    needsRoot: true,
  },
  "a store on a read-only file system": {
    prepare: (cache) => {
      execFileSync("mount", ["--bind", cache, cache]);
      execFileSync("mount", ["-o", "remount,bind,ro", cache]);
    },
    undo: (cache) => execFileSync("umount", [cache]),
    says: [/read-only file system/, /mount it writable/],
    needsRoot: true,
  },
  "a full disk": {
    prepare: (cache) => mountSmall(cache, "40k"),
    undo: (cache) => execFileSync("umount", [cache]),
    attributes: `preBuild = "head -c 300000 /dev/urandom > random"; buildPhase = "runHook preBuild; echo built > built";`,
    says: [/ENOSPC|no space left|full/i],
    needsRoot: true,
  },
  "a store of a newer format": {
    prepare: (cache) => mkdirSync(join(cache, "v99")),
    undo: (cache) => rmSync(join(cache, "v99"), { recursive: true }),
    says: [/has format 99/, /newer phasecache/],
  },
  "a Node that does not exist": {
    hook: brokenHook("/nowhere/node"),
    says: [/Node .* could not run/, /dontPhaseCache/],
  },
  "a Node that fails": { hook: brokenHook("/usr/bin/false"), says: [/Node .* could not run/] },
  "an option with an invalid value": {
    attributes: `phaseCacheQuiet = "perhaps";`,
    says: [/phaseCacheQuiet: "perhaps"/, /true or false/],
  },
  "a phase that does not exist": {
    attributes: `phaseCachePhases = [ "bildPhase" ];`,
    says: [/phaseCachePhases/, /bildPhase/, /buildPhase/],
  },
};

function mountSmall(cache: string, size: string): void {
  const [uid, gid] = execFileSync("stat", ["-c", "%u %g", cache], { encoding: "utf8" }).trim().split(" ");
  execFileSync("mount", [
    "-t",
    "tmpfs",
    "-o",
    `size=${size},mode=2770,uid=${uid},gid=${gid}`,
    "tmpfs",
    cache,
  ]);
}

function blobsOf(cache: string): string[] {
  const folder = join(cache, "v1/blobs/sha256");
  return readdirSync(folder).flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => join(folder, part, name)),
  );
}

function warnings({ messages }: BuildResult): string[] {
  return messages.filter((line) => !/^(saved|restored|miss|no snapshots)/.test(line));
}

describe(`problems and hook options, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  afterEach(() => {
    chmodSync(rig.cache, 0o2770);
    for (const name of readdirSync(rig.cache)) rmSync(join(rig.cache, name), { recursive: true });
  });

  describe.each(Object.entries(problems))(
    "%s",
    (_, { prepare, undo, attributes = "", hook, options, says, needsRoot }) => {
      const build = async (option: string) => {
        prepare?.(rig.cache);
        try {
          return await rig.build(
            sample(`${attributes} ${option}`, hook === undefined ? {} : { hook }),
            options,
          );
        } finally {
          undo?.(rig.cache);
        }
      };

      it.skipIf(needsRoot && !isRoot)(
        `prints one message and does not fail the build${needsRoot ? " (needs root)" : ""}`,
        async () => {
          const result = await build("");
          expect(result.ok, result.log).toBe(true);
          expect(readFileSync(join(result.outPaths.out!, "built"), "utf8")).toBe("built\n");
          expect(warnings(result)).toHaveLength(1);
          for (const pattern of says) expect(warnings(result)[0]).toMatch(pattern);
        },
      );

      it.skipIf(needsRoot && !isRoot)(
        `fails the build with phaseCacheStrict${needsRoot ? " (needs root)" : ""}`,
        async () => {
          const result = await build("phaseCacheStrict = true;");
          expect(result.ok, result.log).toBe(false);
          for (const pattern of says) expect(result.messages.join("\n")).toMatch(pattern);
        },
      );
    },
  );

  it("an unchanged derivation is restored completely, including its outputs", async () => {
    const expression = sample(
      `outputs = [ "out" "doc" ]; installPhase = "mkdir -p $out $doc; cp built $out; echo $out > $doc/out";`,
    );
    const first = await rig.build(expression);
    const second = await rig.build(expression);
    expect(second.ok, second.log).toBe(true);
    expect(second.phases).toEqual([]);
    expect(second.messages).toEqual([
      expect.stringMatching(/^restored sample-1.0 through fixupPhase in .* saved$/),
    ]);
    expect(compareOutputs(first.outPaths, second.outPaths)).toEqual([]);
  });

  it("prints a message for each action; with phaseCacheQuiet none", async () => {
    const { messages } = await rig.build(sample());
    expect(messages[0]).toBe("no snapshots of sample yet");
    expect(messages.at(-1)).toMatch(/^saved fixupPhase: \d+(\.\d)? (B|KiB) in \d+\.\d s$/);
    const edited = await rig.build(
      sample(`postInstall = "";  installPhase = "mkdir -p $out/x; cp built $out";`),
    );
    expect(edited.messages[0]).toMatch(
      /^restored sample-1.0 through buildPhase in \d+\.\d s, \d+\.\d s saved$/,
    );
    expect(edited.messages[1]).toMatch(/^miss at installPhase: installPhase changed: .*→|[+-]/);
    const quiet = await rig.build(sample("phaseCacheQuiet = true;"));
    expect(quiet.messages).toEqual([]);
  });

  it.each([
    ["dontPhaseCache", "dontPhaseCache = true;"],
    [
      "a fixed output",
      `outputHashMode = "recursive"; outputHash = "sha256-lUBP30ATAtmO1pXH4pLVLY7R9JkCLSyPrO+drHq5KSs="; `,
    ],
  ])("%s: the hook is inactive", async (_, attributes) => {
    const result = await rig.build(sample(attributes));
    expect(result.messages).toEqual([]);
    expect(existsSync(join(rig.cache, "v1"))).toBe(false);
  });

  it("phaseCachePhases: saves only after these phases, including the changes of earlier phases", async () => {
    const option = `phaseCachePhases = [ "buildPhase" ];`;
    const first = await rig.build(sample(option));
    expect(first.messages.filter((line) => line.startsWith("saved"))).toEqual([
      expect.stringMatching(/^saved buildPhase/),
    ]);
    const second = await rig.build(sample(`${option} installPhase = "mkdir -p $out; cp built $out/other";`));
    expect(second.messages[0]).toMatch(/through buildPhase/);
    expect(readFileSync(join(second.outPaths.out!, "other"), "utf8")).toBe("built\n");
  });

  it("a damaged layer: prints the reason, restores the phase before it, and repairs the store", async () => {
    const big = `buildPhase = "head -c 100000 /dev/urandom > random; echo built > built";`;
    const first = await rig.build(sample(big));
    expect(first.ok, first.log).toBe(true);
    const [largest] = blobsOf(rig.cache).sort((a, b) => statSync(b).size - statSync(a).size);
    const bytes = readFileSync(largest!);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(largest!, bytes);
    const edited = sample(`${big} installPhase = "mkdir -p $out; cp built $out/other";`);
    const second = await rig.build(edited);
    expect(second.ok, second.log).toBe(true);
    expect(second.messages[0]).toMatch(/^snapshot [0-9a-f]{12} of buildPhase is not used: /);
    expect(second.messages[1]).toMatch(/^restored \S+ through configurePhase/);
    expect(readdirSync(join(rig.cache, "v1/quarantine"))).toHaveLength(1);
    const third = await rig.build(sample(`${big} installPhase = "mkdir -p $out; cp built $out/third";`));
    expect(third.messages[0]).toMatch(/^restored \S+ through buildPhase/);
  });

  it("phaseCacheThrough: restores the newest snapshot despite changes, and lists them", async () => {
    const first = await rig.build(sample(`preConfigure = "echo one";`));
    expect(first.ok, first.log).toBe(true);
    const option = `phaseCacheThrough = "buildPhase";`;
    const pinned = await rig.build(sample(`${option} preConfigure = "echo two"; FOO = "1";`));
    expect(pinned.ok, pinned.log).toBe(true);
    expect(pinned.messages[0]).toMatch(
      /restoring a pinned snapshot despite 2 changes; this build saves nothing/,
    );
    expect(pinned.messages.slice(1, 3).sort()).toEqual([
      expect.stringMatching(/^ignored change: FOO added: 1/),
      expect.stringMatching(/^ignored change: preConfigure changed: .*one.*two/),
    ]);
    expect(pinned.messages[3]).toMatch(/^restored \S+ through buildPhase/);
    expect(pinned.messages.filter((line) => line.startsWith("saved"))).toEqual([]);
    expect(pinned.phases).not.toContain("buildPhase");
  });

  it("a stdenv without runPhase: one message, and a normal build", async () => {
    const inputs = setupHook(
      'dropRunPhase() { unset -f runPhase; genericBuild() { eval "$buildPhase"; eval "$installPhase"; }; }; postHooks+=(dropRunPhase)',
    );
    const result = await rig.build(sample("", { inputs }));
    expect(result.ok, result.log).toBe(true);
    expect(result.messages).toEqual([expect.stringMatching(/has no runPhase: .* 23\.05/)]);
  });

  it("a failed phase is saved, and never restored", async () => {
    const failing = sample(`installPhase = "mkdir -p $out; touch $out/half; exit 3";`);
    const failed = await rig.build(failing);
    expect(failed.ok).toBe(false);
    expect(failed.messages.at(-1)).toMatch(/^saved the failed installPhase/);
    const again = await rig.build(failing);
    expect(again.messages[0]).toMatch(/through buildPhase/);
    expect(again.messages[1]).toBe("miss at installPhase: it failed in the last build");
    expect(again.phases).toContain("installPhase");
  });

  it("a miss is explained by the build with the most phases in common, not by the newest", async () => {
    const edited = (word: string, note: string) =>
      sample(`pname = "agrees"; configurePhase = "echo ${word}"; postInstall = "echo ${note}";`);
    await rig.build(edited("one", "first"));
    await rig.build(edited("two", "first"));
    const before = hitsOf(rig.cache);
    const { messages } = await rig.build(edited("one", "second"));
    const after = hitsOf(rig.cache);
    expect(after.count).toBe(before.count + 1);
    expect(after.bytes).toBeGreaterThan(before.bytes);
    expect(messages[0]).toMatch(/^restored agrees-1.0 through buildPhase/);
    expect(messages[1]).toBe("miss at installPhase: postInstall changed: first → second");
  });

  it("the hook is invisible to phases", async () => {
    const look = `
      declare -p | grep -vE '^declare [^ ]+ (_|BASH_[A-Z]+|PIPESTATUS|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH[A-Z]+|FUNCNAME|BASHPID|startTime|CONFIGURE_MTIME_REFERENCE|pkgsBuildHost)(=|$)'
      shopt -p; shopt -po; trap -p; umask; pwd; ls /proc/self/fd`;
    const seeing = (hook: string) =>
      rig.build(
        sample(`buildPhase = ''{ ${look}; } > seen''; installPhase = "mkdir $out; cp seen $out";`, { hook }),
      );
    const [bare, hooked] = [await seeing(""), await seeing("pkgs.phaseCacheHook")];
    const text = ({ outPaths, log }: BuildResult) => {
      expect(outPaths.out, log).toBeDefined();
      return readFileSync(join(outPaths.out!, "seen"), "utf8")
        .replaceAll(/\/nix\/store\/[a-z0-9]{32}-phase-cache-hook ?/g, "")
        .replaceAll(outPaths.out!.slice(outPaths.out!.lastIndexOf("/") + 1).slice(0, 32), "<out>")
        .replaceAll(/-frandom-seed=\w+/g, "-frandom-seed")
        .replaceAll(/" +| {2,}/g, (run) => run.trim());
    };
    expect(text(hooked)).toBe(text(bare));
  });
});
