import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Demonstration } from "./demo.ts";

const project = join(import.meta.dirname, "../..");
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function demonstrate(env: Record<string, string> = {}): {
  status: number | null;
  shown: Demonstration;
  stderr: string;
} {
  const options = { cwd: project, encoding: "utf8", env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["test/setup.mjs", "demo", "--json"],
    options,
  );
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return { status, shown: JSON.parse(stdout) as Demonstration, stderr };
}

/** Creates a folder with all programs of this machine except Nix's. */
function withoutNix(): string {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-programs-"));
  folders.push(folder);
  for (const directory of ["/usr/bin", "/usr/sbin"]) {
    for (const name of readdirSync(directory)) {
      if (!name.startsWith("nix")) symlinkIfFree(join(directory, name), join(folder, name));
    }
  }
  symlinkIfFree(process.execPath, join(folder, "node"));
  return folder;
}

function symlinkIfFree(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

it("the demo restores through buildPhase, with an identical result", () => {
  const { status, shown } = demonstrate();
  expect(status).toBe(0);
  expect(shown).toMatchObject({ schema: 1, sandbox: true, restoredThrough: "buildPhase", identical: true });
  expect(shown.nix).toMatch(/^\d+\.\d+/);
});

it("without Nix the demo reports that, and runs in plain bash", () => {
  const { status, shown, stderr } = demonstrate({ PATH: withoutNix() });
  expect(stderr).toContain("Nix is not available");
  expect(status).toBe(0);
  expect(shown).toMatchObject({ nix: null, sandbox: false, restoredThrough: "buildPhase", identical: true });
});
