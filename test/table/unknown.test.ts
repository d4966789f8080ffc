import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { latePackage } from "../../runtime/key/late-package.ts";
import type { ByteString } from "../../runtime/util/bytes.ts";
import { table } from "../key/example.ts";
import { readCheckout } from "./checkout.ts";
import { earlyPackages, earlyVariables, namesIn } from "./early.ts";
import { formatUses, unknownUses } from "./unknown.ts";

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "phasecache-table-"));
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
});

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    writeFileSync(join(checkout, name), text);
  }
}

const files = {
  "stdenv/generic/setup.sh": "echo $src $someNewSwitch\n",
  "build-support/new/default.nix": `{ makeSetupHook }: makeSetupHook { name = "new-hook"; } ./run.sh`,
  "build-support/new/run.sh": "new() {\n  concatTo flags newFlags makeFlags makeFlagsArray\n  $CC\n}\n",
  "build-support/new/tests/hook.sh": "echo $onlyInTests\n",
  "pkgs/tool/default.nix": `stdenv.mkDerivation { pname = "tool"; setupHook = ./setup.sh; }`,
  "pkgs/tool/setup.sh": `if [ -z "\${dontTool-}" ]; then :; fi\n`,
  "python/pkgs/check/default.nix": `buildPythonPackage { pname = "check"; setupHook = ./setup-hook.sh; }`,
  "python/pkgs/check/setup-hook.sh": "true\n",
  "build-support/lang/default.nix": "{ langFlags ? [ ], ... }@args: stdenv.mkDerivation args",
};

const expected = `lang
  variable langFlags (build-support/lang/default.nix:1)
new-hook
  package new-hook (build-support/new/default.nix:1)
  variable newFlags (build-support/new/run.sh:2)
python3-check
  package python3-check (python/pkgs/check/default.nix:1)
setup.sh
  variable someNewSwitch (stdenv/generic/setup.sh:1)
tool
  package tool (pkgs/tool/default.nix:1)
  variable dontTool (pkgs/tool/setup.sh:1)
`;

describe("the names that the table does not know", () => {
  it("are listed by hook, with file and line", () => {
    write(files);
    expect(formatUses(unknownUses(readCheckout(checkout).uses, table))).toBe(expected);
  });

  it("are those of `pkgs` in a checkout of nixpkgs", () => {
    write({ "nixos/hook.sh": "echo $notAHook\n" });
    write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`pkgs/${name}`, text])));
    const list = formatUses(unknownUses(readCheckout(checkout).uses, table));
    expect(list).toBe(expected.replace(/\((?=\w)/g, "(pkgs/"));
  });
});

describe.runIf(process.env.PHASECACHE_NIXPKGS)("in the checkout of PHASECACHE_NIXPKGS", () => {
  const { uses, hooks } = process.env.PHASECACHE_NIXPKGS
    ? readCheckout(process.env.PHASECACHE_NIXPKGS)
    : { uses: [], hooks: new Map<string, string>() };

  it("the table knows all names", () => {
    expect(formatUses(unknownUses(uses, table))).toBe("");
  });

  const late = [...hooks].filter(([, name]) => table.latePackages.has(name));

  it.each(late)("%s provides only what the table has for %s", (path, name) => {
    const own = join(checkout, `${"a".repeat(32)}-${name}`);
    mkdirSync(join(own, "nix-support"), { recursive: true });
    copyFileSync(path, join(own, "nix-support/setup-hook"));
    expect(latePackage(table, own as ByteString, checkout as ByteString)).toBeDefined();
  });
});

describe("the names that are early on purpose", () => {
  it("are not in the table", () => {
    const inTable = (names: Iterable<string>, known: ReadonlyMap<string, unknown>) =>
      [...names].filter((name) => known.has(name));
    expect(inTable(namesIn(earlyVariables), table.variables)).toEqual([]);
    expect(inTable(namesIn(earlyPackages), table.latePackages)).toEqual([]);
  });
});
