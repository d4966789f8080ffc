import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { checkRuntime } from "../../runtime/setup/runtime-checks.ts";
import { checkStore } from "../../runtime/setup/store-checks.ts";
import { openStore } from "../../runtime/store/open.ts";

const day = 24 * 3_600_000;

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-setup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it("reports an old Node, and a folder without a runtime", () => {
  const folder = makeFolder();
  expect(checkRuntime(folder, "18.20.0")).toEqual([
    {
      check: "node",
      status: "fail",
      message: "Node 18.20.0 is older than 20.0.0",
      remedy: expect.any(String),
    },
    {
      check: "runtime",
      status: "fail",
      message: expect.stringContaining(": hook.cjs"),
      remedy: expect.any(String),
    },
  ]);
});

it("counts temporary files that are a day old", () => {
  const folder = makeFolder();
  writeFileSync(join(openStore(folder, { write: true }).tmp, "write-1"), "four");
  const find = (now: number) => checkStore(folder, now).find(({ check }) => check === "temporaries");
  expect(find(Date.now())).toMatchObject({ status: "pass" });
  expect(find(Date.now() + 2 * day)).toEqual({
    check: "temporaries",
    status: "info",
    message: "1 temporary file of killed saves, 4 B",
    remedy: "phasecache gc",
  });
});

it("reports folders of an older format, and a directory that is not a store yet", () => {
  const folder = makeFolder();
  expect(checkStore(folder, 0)).toMatchObject([{ check: "format", status: "info" }]);
  openStore(folder, { write: true });
  writeFileSync(join(folder, "v0"), "");
  expect(checkStore(folder, 0)).toContainEqual({
    check: "format",
    status: "info",
    message: "the store contains folders of older formats",
    remedy: "phasecache gc",
  });
});
