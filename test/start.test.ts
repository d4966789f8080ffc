import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";

const project = join(import.meta.dirname, "..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phasecache-start-test-"));
  const options = ["--bundle", "--platform=node", "--format=cjs", "--target=node20", "--log-level=warning"];
  const entry = join(project, "runtime/start.ts");
  execFileSync(join(project, "node_modules/.bin/esbuild"), [
    entry,
    ...options,
    `--outfile=${join(folder, "hook.cjs")}`,
  ]);
  const runtime = `console.log(__filename === ${JSON.stringify(join(folder, "runtime.cjs"))}, require("node:path").sep, __dirname)`;
  writeFileSync(join(folder, "runtime.cjs"), runtime);
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = () => spawnSync(process.execPath, [join(folder, "hook.cjs")], { encoding: "utf8" });

it("runs the runtime beside it, without a code cache", () => {
  expect(start()).toMatchObject({ status: 0, stdout: `true / ${folder}\n` });
});

it("ignores a code cache that is damaged or belongs to another script", () => {
  for (const cache of [
    Buffer.alloc(0),
    Buffer.alloc(4096),
    new Script("function x() {}").createCachedData(),
  ]) {
    writeFileSync(join(folder, "runtime.cache"), cache);
    expect(start()).toMatchObject({ status: 0, stdout: `true / ${folder}\n` });
  }
});

it("sets the time zone to UTC, so that dates need not look up the machine's time zone", () => {
  writeFileSync(join(folder, "runtime.cjs"), "console.log(new Date(0).getTimezoneOffset(), process.env.TZ)");
  const options = { encoding: "utf8", env: { TZ: "Asia/Kathmandu" } } as const;
  expect(spawnSync(process.execPath, [join(folder, "hook.cjs")], options).stdout).toBe("0 UTC\n");
});

it("fails without the runtime", () => {
  rmSync(join(folder, "runtime.cjs"));
  const { status, stderr } = start();
  expect(status).not.toBe(0);
  expect(stderr).toContain("runtime.cjs");
});
