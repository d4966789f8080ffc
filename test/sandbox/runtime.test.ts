import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { type BuildResult, createRig, nixPath, nixString, type Rig } from "./rig.ts";

/** phaseCacheHook with a runtime that this bash code has modified; see edited-hook.nix. */
const hookWith = (edit: string) =>
  `(pkgs.callPackage ${nixPath(join(project, "test/sandbox/host/edited-hook.nix"))} { edit = ${nixString(edit)}; })`;

/** Makes the runtime run this JavaScript statement first. */
const first = (code: string) => `{ printf '%s\\n' '${code}'; cat hook.cjs; } > new; mv new hook.cjs`;

/** Makes the runtime run this code instead of the nth call of a function of `node:fs`. */
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
/** Starts Node with an option. */
const withOption = (option: string) =>
  `printf '#!/bin/bash\\nexec %s ${option} "$@"\\n' "$node" > node; chmod +x node`;
const small = withOption("--max-old-space-size=20");

interface Case {
  edit: string;
  /** Nix bindings. */
  attributes?: string;
  /** Matches the only message. */
  says: RegExp;
}

const ended = /killed after 5 minutes without progress/;

/** Failures of the runtime in a build with an empty store. */
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
  "in an endless loop": { edit: first(during("save", hang)), says: ended },
  "waiting forever": { edit: first(during("save", sleep)), says: ended },
  "waiting for a tar that hangs": {
    edit: `printf '#!/bin/bash\\nexec sleep 1234567\\n' > tar; chmod +x tar; sed -i "s,/usr/bin/tar,$PWD/tar," tools.json`,
    // Only files with holes are saved by tar.
    attributes: `buildPhase = "echo built > built; seq 100000 > numbers; truncate -s 2M numbers";`,
    says: ended,
  },
  "waiting for a find that hangs": {
    // The first call of find in a build comes from the runtime itself.
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
  "hook.cjs is missing": { edit: "rm hook.cjs", says: /could not run the runtime .* exit status 1/ },
  "hook.cjs is empty": { edit: "truncate -s 0 hook.cjs", says: /could not run the runtime .* exit status 1/ },
  "hook.cjs is empty and does not read a state larger than a pipe's buffer": {
    edit: "truncate -s 0 hook.cjs",
    attributes: `preHook = "printf -v large %0200000d 0";`,
    says: /could not run the runtime .* exit status 1/,
  },
  "runtime.cjs is missing": {
    edit: "rm runtime.cjs",
    says: /could not run the runtime .* exit status 1/,
  },
  "runtime.cjs is a directory": {
    edit: "rm runtime.cjs; mkdir runtime.cjs",
    says: /could not run the runtime/,
  },
  "runtime.cjs is truncated": { edit: "truncate -s 100000 runtime.cjs", says: /could not run the runtime/ },
  "runtime.cjs is empty": {
    edit: "truncate -s 0 runtime.cjs",
    says: /could not run the runtime .* exit status 1/,
  },
  "zstd's binding is missing": { edit: "rm binding.node", says: /is not saved: .*binding/ },
  "zstd's binding is truncated": {
    edit: "truncate -s 5000 binding.node",
    says: /is not saved: .*binding|while saving \w+: killed by SIG\w+/,
  },
  "phase-variables.json is missing": {
    edit: "rm phase-variables.json",
    says: /could not run the runtime .* exit status 1/,
  },
  "dump-state.sh is missing": {
    edit: "rm dump-state.sh",
    says: /cannot read the runtime \(.*\); rebuild .* dontPhaseCache/,
  },
  "watch.sh is missing": { edit: "rm watch.sh", says: /cannot read the runtime \(.*\)/ },
  "phase-parts.sh is missing": { edit: "rm phase-parts.sh", says: /cannot read the runtime \(.*\)/ },
};

/** Ways in which a restore can be interrupted after it has placed files in a root. */
const interruptions: Record<string, string> = {
  "killed before tar has written everything": insteadOf("readSync", 12, during("plan", kill)),
  ...Object.fromEntries(
    [1, 2, 3, 4].map((number) => [
      `killed at rename ${number} of 4`,
      insteadOf("renameSync", number, during("plan", kill)),
    ]),
  ),
  "hanging at the last rename": insteadOf("renameSync", 4, during("plan", hang)),
  "killed after writing its script": insteadOf("writeSync", 1, during("plan", `real(...args); ${kill}`)),
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

describe(`failures of the runtime, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  let tried = 0;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterEach(() => {
    for (const name of readdirSync(rig.cache)) rmSync(join(rig.cache, name), { recursive: true });
  });
  afterAll(async () => {
    console.log(`failures of the runtime: ${tried} cases tried`);
    await rig[Symbol.asyncDispose]();
  });

  const build = (edit: string, attributes?: string) => {
    tried++;
    return rig.build(sample(hookWith(edit), attributes));
  };
  const expectCorrect = (result: BuildResult) => {
    expect(result.ok, result.log).toBe(true);
    const text = (name: string) => readFileSync(join(result.outPaths.out!, name), "utf8");
    expect(text("built") + text("file")).toBe("built\nconfigured\n");
    expect(text("names")).toBe("built\ndeep\nenv-vars\nnumbers\n");
  };

  describe.each(Object.entries(cases))("%s", (_, { edit, attributes = "", says }) => {
    it("prints one message and does not fail the build", async () => {
      const result = await build(edit, attributes);
      expectCorrect(result);
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
    ["missing", "rm runtime.cache"],
    ["empty", "truncate -s 0 runtime.cache"],
    ["truncated", "truncate -s 100000 runtime.cache"],
    ["from another version of V8", "printf xxxxxxxxxxxxxxxx | dd of=runtime.cache conv=notrunc status=none"],
    [
      "overwritten with other data",
      "printf 'noise%.0s' {1..40000} | dd of=runtime.cache seek=64 bs=1 conv=notrunc status=none",
    ],
  ])("a code cache that is %s causes at most one message", async (_, edit) => {
    const result = await build(edit);
    expectCorrect(result);
    expect(warnings(result).length, result.log).toBeLessThanOrEqual(1);
  });

  it.each([
    ["the hook lists the files while Node starts", "", /^node\n(bash\n){2,}$/],
    [
      "the runtime lists the files when the hook can't",
      "[[ $who != bash ]] || exit 1;",
      /^node\n(bash\nnode\n){2,}$/,
    ],
  ])("%s", async (_, act, expected) => {
    const find = `read -r who < /proc/$PPID/comm; echo $who >> /tmp/phasecache-callers; ${act} exec /usr/bin/find "$@"`;
    const edit = `printf '%s\n' '#!/bin/bash' '${find}' > find; chmod +x find; sed -i "s,/usr/bin/find,$PWD/find," tools.json`;
    const result = await build(edit, `preFixup = "cp /tmp/phasecache-callers $out/callers";`);
    expectCorrect(result);
    expect(warnings(result), result.log).toEqual([]);
    expect(readFileSync(join(result.outPaths.out!, "callers"), "utf8")).toMatch(expected);
  });

  describe.each(Object.entries(interruptions))("during a restore: %s", (_, edit) => {
    it("rolls back the restore, and runs all phases", async () => {
      expectCorrect(await build(":"));
      const result = await build(edit, `postFixup = "touch $out/fixed";`);
      expectCorrect(result);
      expect(warnings(result), result.log).toEqual([
        expect.stringMatching(/could not run the runtime .* killed/),
      ]);
      expect(result.phases).toEqual(expect.arrayContaining(["configurePhase", "installPhase", "fixupPhase"]));
      expect(readdirSync(result.outPaths.out!)).toContain("fixed");
    });
  });
});
