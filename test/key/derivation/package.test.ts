import { describe, expect, it } from "vitest";
import {
  lateName,
  packageName,
  parseDerivationName,
  storeName,
} from "../../../runtime/key/derivation/package.ts";
import { storePath } from "../example.ts";

describe("parseDerivationName", () => {
  it.each([
    ["openssl-3.0.1", "openssl", "3.0.1"],
    ["openssl-3.0.1-dev", "openssl", "3.0.1-dev"],
    ["make-shell-wrapper-hook", "make-shell-wrapper-hook", ""],
    ["python3.11-foo-1.0", "python3.11-foo", "1.0"],
    ["foo-", "foo-", ""],
    ["foo--1", "foo", "-1"],
    ["nix-0.12pre12876", "nix", "0.12pre12876"],
    ["", "", ""],
  ])("%s", (full, name, version) => {
    expect(parseDerivationName(full)).toEqual({ name, version });
  });
});

describe("storeName", () => {
  it.each([
    [storePath("a", "openssl-3.0.1"), "openssl-3.0.1"],
    [storePath("a", "openssl-3.0.1/lib/x"), "openssl-3.0.1"],
    ["/nix/store/short-x", "short-x"],
    ["/usr/local", "local"],
    ["/", "/"],
    ["word", "word"],
  ])("%s", (path, name) => {
    expect(storeName(path, "/nix/store")).toBe(name);
  });
});

describe("lateName", () => {
  it.each([
    ["cargo-check-hook.sh", "cargo-check-hook.sh"],
    ["gtk+3-3.24.43-dev", "gtk+3"],
    ["perl5.42.0-Test-Deep-1.204", "perl5-Test-Deep"],
    ["python3.13-pytest-8.4.1", "python3-pytest"],
    ["python3.13-pytest-check-hook", "python3-pytest-check-hook"],
    ["python3-3.13.5", "python3"],
  ])("leaves out the versions of %s", (name, expected) => {
    expect(lateName(storePath("a", name), "/nix/store")).toBe(expected);
  });
});

describe("packageName", () => {
  const of = (name: string, pname?: string) => packageName({ name, pname });

  it("returns pname, or the name without the version", () => {
    expect(of("hello-2.12.1", "hello")).toBe("hello");
    expect(of("hello-2.12.1")).toBe("hello");
    expect(of("hello-2.12.1", "")).toBe("hello");
    expect(of("")).toBe("unnamed");
  });

  it.each([
    ["../../etc", "%2E.%2F..%2Fetc"],
    [".", "%2E"],
    ["..", "%2E."],
    [".hidden", "%2Ehidden"],
    ["a b\n%", "a%20b%0A%25"],
    ["caf\xc3\xa9", "caf%C3%A9"],
    ["gtk+3_x-1.2", "gtk+3_x-1.2"],
  ])("escapes %j for use as a directory's name", (pname, expected) => {
    expect(of("x", pname)).toBe(expected);
  });

  it("shortens long names, and keeps different names different", () => {
    const names = ["a", "b"].map((end) => of("x", `${"n/".repeat(300)}${end}`));
    for (const name of names) expect(name.length).toBeLessThanOrEqual(200);
    expect(names[0]).not.toBe(names[1]);
    expect(of("x", "n".repeat(200))).toBe("n".repeat(200));
  });
});
