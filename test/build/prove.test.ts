import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Checked, parseDiffering } from "../../runtime/build/check.ts";
import { proveTarget } from "../../runtime/build/prove.ts";
import { makeTarget } from "./target.ts";

const target = makeTarget("/nix/store/x.drv", "hello-1.0");
const differs = { output: "/nix/store/0-x", check: "/nix/store/0-x.check" };

it.each([
  [
    "2.8 and 2.26",
    "derivation '/nix/store/d.drv' may not be deterministic: output '/nix/store/0-x' differs from '/nix/store/0-x.check'",
  ],
  [
    "2.34",
    'derivation \'/nix/store/d.drv\' may not be deterministic: output \x1b[35;1m"/nix/store/0-x"\x1b[0m differs from \x1b[35;1m"/nix/store/0-x.check"\x1b[0m',
  ],
])("parses the message of Nix %s about an output that differs", (_, message) => {
  expect(parseDiffering(`\x1b[31;1merror:\x1b[0m ${message}`)).toEqual(differs);
});

it("ignores other messages", () => {
  expect(parseDiffering("error: builder for '/nix/store/d.drv' failed with exit code 1")).toBeNull();
});

/** Proves a restored output against clean ones, each a file with the given text; null: that build fails. */
async function verdictOf(restored: string, ...clean: (string | null)[]) {
  const folder = mkdtempSync(join(tmpdir(), "phasecache-prove-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [output, check] = [join(folder, "x"), join(folder, "x.check")];
  writeFileSync(output, restored);
  const proof = await proveTarget(target, async (): Promise<Checked> => {
    const text = clean.shift()!;
    if (text === null) return { kind: "failed" };
    writeFileSync(check, text);
    return text === restored ? { kind: "equal" } : { kind: "differs", output, check };
  });
  if ("kind" in proof) return proof;
  return { verdict: proof.verdict, wrong: proof.wrong.length, left: clean.length };
}

it("one clean build is enough if it is equal", async () => {
  expect(await verdictOf("a", "a", "b")).toEqual({ verdict: "equal", wrong: 0, left: 1 });
});

it("clean builds that agree with each other prove the restored one wrong", async () => {
  expect(await verdictOf("a", "b", "b")).toEqual({ verdict: "wrong", wrong: 1, left: 0 });
});

it("clean builds that differ prove only that the package is not reproducible", async () => {
  expect(await verdictOf("a", "b", "c")).toEqual({ verdict: "unreproducible", wrong: 0, left: 0 });
  expect(await verdictOf("a", "b", "a")).toEqual({ verdict: "unreproducible", wrong: 0, left: 0 });
});

it("a clean build that fails gives no verdict", async () => {
  expect(await verdictOf("a", null)).toEqual({ verdict: "failed", wrong: 0, left: 0 });
  expect(await verdictOf("a", "b", null)).toEqual({ verdict: "failed", wrong: 0, left: 0 });
});

it("nothing is proved if the build saw the store", async () => {
  expect(await proveTarget(target, async () => ({ kind: "seen" }))).toEqual({ kind: "seen" });
});
