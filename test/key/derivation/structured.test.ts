import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDerivation } from "../../../runtime/key/derivation/derivation.ts";
import {
  environBlock,
  firstDifference,
  helloEnvironment,
  hook,
  keysOf,
  storePath,
  wrapper,
} from "../example.ts";

describe("structuredAttrs", () => {
  let buildTop: string;
  beforeAll(() => {
    buildTop = mkdtempSync(join(tmpdir(), "phasecache-chain-"));
  });
  afterAll(() => rmSync(buildTop, { recursive: true }));

  const attributes = {
    builder: "/bin/bash",
    buildInputs: [storePath("i", "openssl-3.0.1")],
    configureFlags: ["--disable-nls", `--prefix=${storePath("a", "hello")}`],
    doCheck: true,
    doInstallCheck: true,
    env: { NIX_CFLAGS_COMPILE: "-O2" },
    name: "hello-2.12.1",
    nativeBuildInputs: [hook, wrapper],
    outputs: { out: storePath("a", "hello"), dev: storePath("d", "hello-dev") },
    postInstall: "wrapProgram $out/bin/hello",
    system: "x86_64-linux",
  };
  const keys = (edit: Record<string, unknown>) => {
    writeFileSync(join(buildTop, ".attrs.json"), JSON.stringify({ ...attributes, ...edit }));
    const environment = {
      NIX_ATTRS_JSON_FILE: "/nonexistent",
      NIX_BUILD_TOP: "/build",
      NIX_STORE: "/nix/store",
    };
    const process = { environ: environBlock(environment), cmdline: Buffer.from("bash\0") };
    return keysOf({}, { derivation: readDerivation({ ...process, buildTop }) });
  };

  it.each<[string, Record<string, unknown>]>([
    ["unpackPhase", { env: { NIX_CFLAGS_COMPILE: "-O3" } }],
    ["unpackPhase", { env: { NIX_CFLAGS_COMPILE: "-O2", more: "x" } }],
    ["unpackPhase", { buildInputs: [storePath("i", "openssl-3.0.2")] }],
    ["unpackPhase", { nested: { a: 1 } }],
    ["configurePhase", { configureFlags: ["--disable-nls --enable-x"] }],
    ["configurePhase", { configureFlags: "--disable-nls" }],
    ["checkPhase", { doCheck: false }],
    ["installPhase", { postInstall: "true" }],
    ["installPhase", { nativeBuildInputs: [hook] }],
    ["fixupPhase", { stripDebugList: ["bin"] }],
    ["installCheckPhase", { env: { NIX_CFLAGS_COMPILE: "-O2", NIX_MAIN_PROGRAM: "hi" } }],
  ])("an edit matters first at %s: %j", (phase, edit) => {
    expect(firstDifference(keys({}), keys(edit))).toBe(phase);
  });

  it("masks own hashes and phasecache's path", () => {
    const moved = JSON.parse(JSON.stringify(attributes).replaceAll("a".repeat(32), "0".repeat(32)));
    expect(keys(moved).keys).toEqual(keys({}).keys);
    expect(keys({ nativeBuildInputs: [wrapper] }).keys).toEqual(keys({}).keys);
    expect(keys({ x: { path: hook } }).keys).toEqual(keys({ x: { path: hook } }).keys);
    expect(keys({ x: { path: hook } }).inputs.find(({ name }) => name === "x")?.preview).toBe(
      '{"path":"<phasecache>"}',
    );
  });

  it("leads to other keys than the same attributes without it", () => {
    const plain = keysOf({ ...helloEnvironment(), configureFlags: "--disable-nls" });
    expect(firstDifference(plain, keys({ configureFlags: ["--disable-nls"] }))).toBe("unpackPhase");
  });
});
