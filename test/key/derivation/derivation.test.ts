import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDerivation, readProcess } from "../../../runtime/key/derivation/derivation.ts";
import { derivationOf, environBlock, helloEnvironment, storePath } from "../example.ts";

let buildTop: string;
beforeEach(() => {
  buildTop = mkdtempSync(join(tmpdir(), "phasecache-derivation-"));
});
afterEach(() => rmSync(buildTop, { recursive: true }));

const structured = {
  builder: "/bin/bash",
  name: "hello-2.12.1",
  outputs: { dev: storePath("d", "hello-dev"), out: storePath("a", "hello") },
  system: "x86_64-linux",
};

describe("a plain derivation", () => {
  it("has its outputs, names, system and command line", () => {
    expect(derivationOf(helloEnvironment())).toMatchObject({
      outputs: { out: storePath("a", "hello-2.12.1"), dev: storePath("d", "hello-2.12.1-dev") },
      name: "hello-2.12.1",
      pname: "hello",
      system: "x86_64-linux",
      storeDir: "/nix/store",
      buildTop: "/build",
      builder: ["bash", "-e", storePath("f", "default-builder.sh")],
    });
  });

  it("has the output out by default", () => {
    const derivation = derivationOf({ out: "/other/store/x-y" });
    expect(derivation.outputs).toEqual({ out: "/other/store/x-y" });
    expect(derivation.storeDir).toBe("/other/store");
    expect(derivation.buildTop).toBe("/nonexistent");
    expect(derivation.pname).toBeUndefined();
  });

  it("has the texts of the scripts on the command line", () => {
    const script = join(buildTop, "builder.sh");
    writeFileSync(script, "genericBuild\n");
    const derivation = derivationOf({ out: "/x" }, ["bash", "-e", script, "/nonexistent", buildTop]);
    expect(derivation.scripts).toEqual(["genericBuild\n"]);
  });
});

describe("structuredAttrs", () => {
  const read = (environment: Record<string, string>) =>
    readDerivation({ environ: environBlock(environment), cmdline: Buffer.from("bash\0"), buildTop });

  it("are read from the build directory when the environment names a file that is not visible", () => {
    writeFileSync(join(buildTop, ".attrs.json"), JSON.stringify(structured));
    const derivation = read({ NIX_ATTRS_JSON_FILE: "/nonexistent/.attrs.json", NIX_STORE: "/nix/store" });
    expect(derivation.outputs).toEqual(structured.outputs);
    expect(derivation.name).toBe("hello-2.12.1");
    expect(derivation.storeDir).toBe("/nix/store");
  });

  it("are read from the file that the environment names, if it is visible", () => {
    writeFileSync(join(buildTop, ".attrs.json"), "{}");
    const named = join(buildTop, "named.json");
    writeFileSync(named, JSON.stringify(structured));
    expect(read({ NIX_ATTRS_JSON_FILE: named }).system).toBe("x86_64-linux");
  });

  it("are read from the build directory when the environment names no file", () => {
    writeFileSync(join(buildTop, ".attrs.json"), JSON.stringify(structured));
    expect(read({}).name).toBe("hello-2.12.1");
  });

  it("that the environment names but that are missing are an error, not an empty derivation", () => {
    expect(() => read({ NIX_ATTRS_JSON_FILE: "/nonexistent/.attrs.json" })).toThrow(/can't be read/);
  });
});

describe("a process", () => {
  it("is read with its initial environment, regardless of later exports", async () => {
    const script = "export FOO=changed; unset BAR; echo ready; read -r _";
    const child = spawn("bash", ["--norc", "-c", script, "name"], {
      env: { FOO: "original\nvalue", BAR: "1", out: storePath("a", "x") },
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const derivation = readDerivation({ pid: child.pid!, buildTop });
      expect(derivation.attributes.get("FOO")).toBe("original\nvalue");
      expect(derivation.attributes.get("BAR")).toBe("1");
      expect(derivation.builder).toEqual(["bash", "--norc", "-c", script, "name"]);
    } finally {
      child.stdin.end("\n");
      await new Promise((resolve) => child.once("close", resolve));
    }
  });

  it("that does not exist causes an error that names it", () => {
    expect(() => readProcess(2 ** 30)).toThrow(String(2 ** 30));
  });
});
