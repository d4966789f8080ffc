import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { type BuildResult, createRig, nixPath, nixString, type Rig } from "./rig.ts";

/** phaseCacheHook with a runtime that this bash has changed, see the file. */
const hookWith = (edit: string) =>
  `(pkgs.callPackage ${nixPath(join(project, "test/sandbox/host/edited-hook.nix"))} { edit = ${nixString(edit)}; })`;

/** Has the runtime run this code, a JavaScript statement, before its own. */
const first = (code: string) => `{ printf '%s\\n' '${code}'; cat hook.cjs; } > new; mv new hook.cjs`;

/** Has the runtime run this code in the place of the call of `node:fs` with this number. */
const insteadOf = (name: string, number: number, code: string) =>
  first(
    `{ const fs = require("node:fs"), real = fs.${name}; let left = ${number};
       fs.${name} = (...args) => { if (--left === 0) { ${code} } return real(...args); }; }`,
  );

const kill = 'process.kill(process.pid, "SIGKILL");';
const hang = "for (;;);";
const sleep = "setInterval(() => {}, 1000); Promise.prototype.then = () => new Promise(() => {});";
const during = (command: string, code: string) => `if (process.argv[3] === "${command}") { ${code} }`;
const exhaust = `const all = []; for (;;) all.push(Array.from({ length: 1000 }, () => ({})));`;
/** Gives Node options, which `first` can't do. */
const withOption = (option: string) =>
  `printf '#!/bin/bash\\nexec %s ${option} "$@"\\n' "$node" > node; chmod +x node`;
const small = withOption("--max-old-space-size=20");

interface Case {
  edit: string;
  /** Nix bindings. */
  attributes?: string;
  /** What the one line must say. */
  says: RegExp;
}

const ended = /killed after 5 minutes without progress/;

/** What can become of the runtime when there is nothing in the store yet. */
const cases: Record<string, Case> = {
  "killed before it plans": {
    edit: first(during("plan", kill)),
    says: /killed by SIGKILL; rebuild .* dontPhaseCache/,
  },
  "killed before it saves": {
    edit: first(during("save", kill)),
    says: /failed while saving \w+: killed by SIGKILL/,
  },
  "killed while it writes": {
    edit: insteadOf("writeSync", 3, during("save", kill)),
    says: /failed while saving .*SIGKILL/,
  },
  "killed before a record is in place": {
    edit: insteadOf("renameSync", 3, kill),
    says: /failed while saving .*SIGKILL/,
  },
  stopped: { edit: first(during("plan", 'process.kill(process.pid, "SIGSTOP");')), says: ended },
  "busy for ever": { edit: first(during("save", hang)), says: ended },
  "waiting for ever": { edit: first(during("save", sleep)), says: ended },
  "waiting for a tar that waits": {
    edit: `printf '#!/bin/bash\\nexec sleep 1234567\\n' > tar; chmod +x tar; sed -i "s,/usr/bin/tar,$PWD/tar," tools.json`,
    // tar saves files with holes alone.
    attributes: `buildPhase = "echo built > built; seq 100000 > numbers; truncate -s 2M numbers";`,
    says: ended,
  },
  "waiting for a find that waits": {
    // The first list of a build is made by the runtime itself.
    edit: `printf '#!/bin/bash\n[[ -e /tmp/phasecache-once ]] && exec sleep 1234567\n: > /tmp/phasecache-once; exec /usr/bin/find "$@"\n' > find
      chmod +x find; sed -i "s,/usr/bin/find,$PWD/find," tools.json`,
    says: ended,
  },
  "ending without an answer": {
    edit: first(during("save", "Promise.prototype.then = () => {};")),
    says: /exit status 1/,
  },
  "out of memory while it plans": {
    edit: `${small}; ${first(during("plan", exhaust))}`,
    says: /killed by SIG(ABRT|TRAP|SEGV|ILL|IOT)/,
  },
  "out of memory while it saves": {
    edit: `${small}; ${first(during("save", exhaust))}`,
    says: /killed by SIG(ABRT|TRAP|SEGV|ILL|IOT)/,
  },
  "without address space": {
    edit: ":",
    attributes: `preHook = "ulimit -v 500000";`,
    says: /could not run the runtime .*(killed by SIG\w+|exit status \d+)/,
  },
  "a start that is not there": { edit: "rm hook.cjs", says: /could not run the runtime .* exit status 1/ },
  "an empty start": { edit: "truncate -s 0 hook.cjs", says: /could not run the runtime .* exit status 1/ },
  "an empty start that reads nothing of a state larger than a pipe": {
    edit: "truncate -s 0 hook.cjs",
    attributes: `preHook = "printf -v large %0200000d 0";`,
    says: /could not run the runtime .* exit status 1/,
  },
  "a bundle that is not there": {
    edit: "rm runtime.cjs",
    says: /could not run the runtime .* exit status 1/,
  },
  "a bundle that is a directory": {
    edit: "rm runtime.cjs; mkdir runtime.cjs",
    says: /could not run the runtime/,
  },
  "a bundle cut off": { edit: "truncate -s 100000 runtime.cjs", says: /could not run the runtime/ },
  "an empty bundle": {
    edit: "truncate -s 0 runtime.cjs",
    says: /could not run the runtime .* exit status 1/,
  },
  "zstd's binding not there": { edit: "rm binding.node", says: /is not saved: .*binding/ },
  "zstd's binding cut off": {
    edit: "truncate -s 5000 binding.node",
    says: /is not saved: .*binding|while saving \w+: killed by SIG\w+/,
  },
  "the table of variables not there": {
    edit: "rm phase-variables.json",
    says: /could not run the runtime .* exit status 1/,
  },
  "the dump's script not there": {
    edit: "rm dump-state.sh",
    says: /cannot read the runtime \(.*\); rebuild .* dontPhaseCache/,
  },
  "the watch's script not there": { edit: "rm watch.sh", says: /cannot read the runtime \(.*\)/ },
};

/** How a restore can end that began: in each of them something is in a root. */
const halves: Record<string, string> = {
  "killed before tar has written all": insteadOf("readSync", 12, during("plan", kill)),
  ...Object.fromEntries(
    [1, 2, 3, 4].map((number) => [
      `killed at rename ${number} of 4`,
      insteadOf("renameSync", number, during("plan", kill)),
    ]),
  ),
  "hanging at the last rename": insteadOf("renameSync", 4, during("plan", hang)),
  "killed when it has answered": insteadOf("writeSync", 1, during("plan", `real(...args); ${kill}`)),
};

const sample = (hook: string, attributes = "") => `pkgs.stdenv.mkDerivation ({
  pname = "sample"; version = "1.0"; dontUnpack = true;
  nativeBuildInputs = [ ${hook} ];
  configurePhase = "mkdir -p deep/er; echo configured > deep/er/file; chmod 500 deep/er";
  buildPhase = "echo built > built; seq 100000 > numbers";
  installPhase = "mkdir -p $out; cp built deep/er/file $out; ls -A > $out/names";
} // { ${attributes} })`;

const warnings = ({ messages }: BuildResult) =>
  messages.filter((line) => !/^(saved|restored|miss|no snapshots)/.test(line));

describe(`the runtime goes away, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let tried = 0;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterEach(() => {
    for (const name of readdirSync(rig.cache)) rmSync(join(rig.cache, name), { recursive: true });
  });
  afterAll(async () => {
    console.log(`the runtime goes away: ${tried} cases tried`);
    await rig[Symbol.asyncDispose]();
  });

  const build = (edit: string, attributes?: string) => {
    tried++;
    return rig.build(sample(hookWith(edit), attributes));
  };
  const expectRight = (result: BuildResult) => {
    expect(result.ok, result.log).toBe(true);
    const text = (name: string) => readFileSync(join(result.outPaths.out!, name), "utf8");
    expect(text("built") + text("file")).toBe("built\nconfigured\n");
    expect(text("names")).toBe("built\ndeep\nenv-vars\nnumbers\n");
  };

  describe.each(Object.entries(cases))("%s", (_, { edit, attributes = "", says }) => {
    it("costs one line and no build", async () => {
      const result = await build(edit, attributes);
      expectRight(result);
      expect(warnings(result), result.log).toEqual([expect.stringMatching(says)]);
      expect(warnings(result)[0]).toMatch(/; building without the cache$/);
    });

    it("fails the build with phaseCacheStrict", async () => {
      const result = await build(edit, `${attributes} phaseCacheStrict = true;`);
      expect(result.ok, result.log).toBe(false);
      expect(warnings(result)).toEqual([expect.stringMatching(says)]);
      expect(warnings(result)[0]).toMatch(/; failing the build \(phaseCacheStrict\)$/);
    });
  });

  it.each([
    ["not there", "rm runtime.cache"],
    ["empty", "truncate -s 0 runtime.cache"],
    ["cut off", "truncate -s 100000 runtime.cache"],
    ["of another V8", "printf xxxxxxxxxxxxxxxx | dd of=runtime.cache conv=notrunc status=none"],
    [
      "full of noise",
      "printf 'noise%.0s' {1..40000} | dd of=runtime.cache seek=64 bs=1 conv=notrunc status=none",
    ],
  ])("a code cache that is %s costs one line at most", async (_, edit) => {
    const result = await build(edit);
    expectRight(result);
    expect(warnings(result).length, result.log).toBeLessThanOrEqual(1);
  });

  it.each([
    ["the hook lists the files while Node starts", "", /^node\n(bash\n){2,}$/],
    [
      "what the hook can't list, the runtime lists",
      "[[ $who != bash ]] || exit 1;",
      /^node\n(bash\nnode\n){2,}$/,
    ],
  ])("%s", async (_, act, expected) => {
    const find = `read -r who < /proc/$PPID/comm; echo $who >> /tmp/phasecache-callers; ${act} exec /usr/bin/find "$@"`;
    const edit = `printf '%s\n' '#!/bin/bash' '${find}' > find; chmod +x find; sed -i "s,/usr/bin/find,$PWD/find," tools.json`;
    const result = await build(edit, `preFixup = "cp /tmp/phasecache-callers $out/callers";`);
    expectRight(result);
    expect(warnings(result), result.log).toEqual([]);
    expect(readFileSync(join(result.outPaths.out!, "callers"), "utf8")).toMatch(expected);
  });

  describe.each(Object.entries(halves))("in the middle of a restore: %s", (_, edit) => {
    it("what was restored is removed, and everything runs from the start", async () => {
      expectRight(await build(":"));
      const result = await build(edit, `postFixup = "touch $out/fixed";`);
      expectRight(result);
      expect(warnings(result), result.log).toEqual([
        expect.stringMatching(/could not run the runtime .* killed/),
      ]);
      expect(result.phases).toEqual(expect.arrayContaining(["configurePhase", "installPhase", "fixupPhase"]));
      expect(readdirSync(result.outPaths.out!)).toContain("fixed");
    });
  });
});
