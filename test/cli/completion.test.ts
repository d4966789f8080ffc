import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hasProgram, useCommand } from "./rig/command.ts";
import { makeFolder, makeStore, save } from "./rig/example.ts";

const run = useCommand();

/** Makes a store with two packages, and a function that completes words. */
function makeExample() {
  const store = makeStore();
  const header = save(store);
  save(store, { package: "zlib", phaseIndex: 3 });
  const ask = (...words: string[]) =>
    run(["--complete", ...words], { env: { PHASECACHE_DIR: store.root } })
      .stdout.split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t")[0]!);
  return { store, header, ask };
}

it("completes commands, options, their values, packages, phases and IDs", () => {
  const { store, header, ask } = makeExample();
  expect(ask("v")).toEqual(["verify"]);
  expect(ask("")).toEqual(expect.arrayContaining(["ls", "diff", "completion"]));
  expect(ask("gc", "--dry")).toEqual(["--dry-run"]);
  expect(ask("--js")).toEqual(["--json"]);
  expect(ask("ls", "--no")).toEqual(["--no-headers"]);
  expect(ask("ls", "--sort", "c")).toEqual(["created"]);
  expect(ask("ls", "--sort=c")).toEqual(["--sort=created"]);
  expect(ask("ls", "--sort", "=", "c")).toEqual(["--sort=created"]);
  expect(ask("--color", "al")).toEqual(["always"]);
  expect(ask("--color", "never", "ver")).toEqual(["verify"]);
  expect(ask("show", "")).toEqual(["hello", "zlib"]);
  expect(ask("show", "z")).toEqual(["zlib"]);
  expect(ask("show", header.id.slice(0, 5))).toContain(header.id);
  expect(ask("diff", "hello", "zlib/")).toEqual(["zlib/installPhase"]);
  expect(ask("clear", "hello", "zlib", "he")).toEqual(["hello"]);
  expect(ask("resume", "hello", "--through", "")).toEqual(["buildPhase"]);
  expect(ask("ls", "--phase", "").sort()).toEqual(["buildPhase", "installPhase"]);
  expect(ask("config", "maxS")).toEqual(["maxSize"]);
  expect(ask("completion", "")).toEqual(["bash", "zsh", "fish"]);
  const elsewhere = makeStore();
  save(elsewhere, { package: "other" });
  expect(ask("--store", elsewhere.root, "show", "")).toEqual(["other"]);
  expect(ask("show", "--store", join(store.root, "none"), "")).toEqual([]);
});

it("leaves file names to the shell", () => {
  const { ask } = makeExample();
  expect(ask("cat", "hello", "")).toEqual([]);
  expect(ask("extract", "hello", "/t")).toEqual([]);
  expect(ask("--store", "")).toEqual([]);
});

/** For each shell, code that loads the script and prints the completions of `phasecache WORDS`. */
const shells = {
  bash: (words: string[]) => `source "$1"
    COMP_WORDS=(phasecache ${words.map((word) => `'${word}'`).join(" ")})
    COMP_CWORD=${words.length}
    _phasecache
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words: string[]) => `compdef() { :; }
    _describe() { print -rl -- "\${(@P)2%%:*}"; }
    source "$1"
    words=(phasecache ${words.map((word) => `'${word}'`).join(" ")})
    CURRENT=${words.length + 1}
    _phasecache`,
  fish: (words: string[]) =>
    `source $argv[1]; complete -C 'phasecache ${words.join(" ")}' | string replace -r '\\t.*' ''`,
};

it.for(Object.keys(shells) as (keyof typeof shells)[])("completes in %s", (shell, { skip }) => {
  skip(!hasProgram(shell), `${shell} is not installed`);
  const { store, header } = makeExample();
  const folder = makeFolder();
  const script = join(folder, "script");
  writeFileSync(script, run(["completion", shell]).stdout);
  const ask = (...words: string[]) => {
    const code = shells[shell](words);
    const args = shell === "fish" ? ["-N", "-c", code, script] : ["-c", code, shell, script];
    const env = { PATH: `${run.bin()}:${process.env.PATH}`, HOME: folder, PHASECACHE_DIR: store.root };
    const { stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", env, cwd: folder });
    return { words: stdout.split("\n").filter((line) => line !== ""), stderr };
  };
  const only = (word: string) => ({ words: [word], stderr: "" });
  expect(ask("verif")).toEqual(only("verify"));
  expect(ask("gc", "--min")).toEqual(only("--min-free"));
  expect(ask("show", "zl")).toEqual(only("zlib"));
  expect(ask("why", header.id.slice(0, 11))).toEqual(only(header.id));
});

it("refuses an unknown shell", () => {
  expect(run(["completion", "tcsh"]).status).toBe(2);
});
