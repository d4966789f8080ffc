import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { recordPath } from "../../../runtime/store/layout.ts";
import { hasProgram, useCommand } from "../rig/command.ts";
import { day, makeFolder, makeStore, save } from "../rig/example.ts";
import { onTerminal } from "../rig/terminal.ts";

const run = useCommand();

/** Runs `clear hello` on a terminal and types the output of `printf typed` after a second. */
function clearOnTerminal(store: string, typed: string) {
  const clear = `exec '${join(run.bin(), "phasecache")}' clear hello --store ${store}`;
  const line = `(sleep 1; printf '${typed}'; sleep 1) | script -qefc "${clear}" /dev/null`;
  return spawnSync("bash", ["-c", line], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, TERM: "dumb", SHELL: "/bin/sh" },
  });
}

const heading = "ID            PACKAGE  PHASE          SIZE   UNIQUE  CREATED     LAST USED  HITS";

it.skipIf(!hasProgram("script"))("shows colours on a terminal only (needs script)", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const header = save(store);
  const row = `${header.id}  hello    buildPhase  2.1 KiB  2.1 KiB  3 days ago  never         0`;
  const sum = "1 snapshot, 2.1 KiB, 2.1 KiB unique";
  const bold = `\x1b[1m${heading}\x1b[0m`;
  expect(onTerminal(run, ["ls", ...at])).toEqual({ status: 0, shown: `${bold}\n${row}\n${sum}\n` });
  const plain = `${heading}\n${row}\n${sum}\n`;
  expect(onTerminal(run, ["ls", ...at], { NO_COLOR: "1" }).shown).toBe(plain);
  expect(onTerminal(run, ["ls", ...at], { TERM: "dumb" }).shown).toBe(plain);
  expect(onTerminal(run, ["ls", "--color", "never", ...at]).shown).toBe(plain);
  expect(onTerminal(run, ["ls", "--color", "always", ...at], { NO_COLOR: "1" }).shown).toContain(bold);
  expect(run(["ls", ...at]).stdout).toBe(plain);
  expect(run(["ls", "--color", "always", ...at]).stdout).toContain(bold);
  expect(run(["ls", "--color", "sometimes", ...at])).toMatchObject({ status: 2, stdout: "" });
});

it.skipIf(!hasProgram("script"))("colours the findings of doctor on a terminal (needs script)", () => {
  // Fast without Nix.
  const PATH = makeFolder();
  spawnSync("bash", ["-c", `ln -s $(type -P script stty) ${PATH}`]);
  const words = (text: string) => [...text.matchAll(/^(.*?) +\S*? ?(node|nix): /gm)].map(([, word]) => word);
  const args = ["doctor", "--store", makeStore().root];
  const coloured = [expect.stringMatching(/^\x1b\[32mPASS/), expect.stringMatching(/^\x1b\[31mFAIL/)];
  expect(words(onTerminal(run, args, { PATH }).shown)).toEqual(coloured);
  expect(words(run([...args, "--color", "always"], { env: { PATH } }).stdout)).toEqual(coloured);
  expect(words(onTerminal(run, args, { PATH, NO_COLOR: "1" }).shown)).toEqual(["PASS", "FAIL"]);
  expect(words(run(args, { env: { PATH } }).stdout)).toEqual(["PASS", "FAIL"]);
});

it.skipIf(!hasProgram("script"))("shows arrows on a terminal, ASCII elsewhere (needs script)", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const old = save(store, { created: Date.now() - day });
  const now = save(store, { created: Date.now() }, { values: ["a", "é", "c", "d"] });
  expect(onTerminal(run, ["why", old.id, now.id, ...at]).shown).toContain("b → é");
  const { stdout } = run(["why", old.id, now.id, ...at]);
  expect(stdout).toContain("b -> é");
});

it.skipIf(!hasProgram("script"))("asks for confirmation before clear on a terminal (needs script)", () => {
  const store = makeStore();
  save(store);
  const at = ["--store", store.root];
  const line = (answer: string) => clearOnTerminal(store.root, answer);
  expect(line("n\\n")).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("Delete 1 snapshot? [y/N]"),
  });
  expect(run(["ls", "--no-headers", ...at]).stdout).not.toBe("");
  expect(line("y\\n").status).toBe(0);
  expect(run(["ls", "--no-headers", ...at]).stdout).toBe("");
});

it("prints less with -q and more with -v", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  writeFileSync(recordPath(store, save(store)), "nonsense");
  expect(run(["ls", ...at]).stderr).toMatch(/^phasecache: damaged-record: /);
  expect(run(["ls", "-q", ...at]).stderr).toBe("");
  expect(run(["ls", "-q", "nothing", ...at])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/nothing/),
  });
  expect(run(["verify", "-q", ...at])).toMatchObject({
    status: 4,
    stderr: expect.stringContaining("damaged-record"),
  });
  const { stderr } = run(["ls", "-v", ...at]);
  expect(stderr).toContain(`, store ${store.root}\n`);
  expect(stderr).toContain(`${store.root} has 0 snapshots\n`);
});

it.skipIf(!hasProgram("script"))(
  "exits with 130 when interrupted at the prompt, and deletes nothing (needs script)",
  () => {
    const store = makeStore();
    save(store);
    const line = clearOnTerminal(store.root, "\\3");
    expect(line.status).toBe(130);
    expect(run(["ls", "--no-headers", "--store", store.root]).stdout).not.toBe("");
  },
);
