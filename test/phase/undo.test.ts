import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forgetBefore, noteBefore, undoRestore } from "../../runtime/phase/undo.ts";
import type { Root } from "../../runtime/tree/scan.ts";

let top: string;
let roots: Root[];
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "phasecache-undo-"));
  mkdirSync(join(top, "build"));
  writeFileSync(join(top, "build/mine"), "made by a setup hook");
  roots = [
    { name: "build", path: join(top, "build") },
    { name: "outputs/out", path: join(top, "out") },
    { name: "outputs/dev", path: join(top, "dev") },
  ];
});
afterEach(() => {
  forgetBefore(process.pid);
  rmSync(top, { recursive: true });
});

/** What a restore leaves that ends half-way. */
function restoreHalf(): void {
  mkdirSync(join(top, "build/source/read-only"), { recursive: true });
  writeFileSync(join(top, "build/source/read-only/file"), "");
  mkdirSync(join(top, "build/.phasecache-staging-x"));
  mkdirSync(join(top, "out"), { recursive: true });
}

it("removes what was restored and nothing else", () => {
  mkdirSync(join(top, "dev"));
  noteBefore(process.pid, roots);
  restoreHalf();
  undoRestore(process.pid, roots);
  expect(readdirSync(join(top, "build"))).toEqual(["mine"]);
  expect(readdirSync(top).sort()).toEqual(["build", "dev"]);
});

it("removes no more than staging directories when nothing was going to be restored", () => {
  restoreHalf();
  undoRestore(process.pid, roots);
  expect(readdirSync(join(top, "build")).sort()).toEqual(["mine", "source"]);
  expect(readdirSync(top).sort()).toEqual(["build", "out"]);
});

it("can be done twice", () => {
  noteBefore(process.pid, roots);
  restoreHalf();
  undoRestore(process.pid, roots);
  mkdirSync(join(top, "build/made-by-a-phase"));
  undoRestore(process.pid, roots);
  expect(readdirSync(join(top, "build")).sort()).toEqual(["made-by-a-phase", "mine"]);
});
