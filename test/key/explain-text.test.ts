import { describe, expect, it } from "vitest";
import { formatMiss } from "../../runtime/key/explain-text.ts";
import { cmake, hook, missOf, ninja, standardPhases, storePath } from "./example.ts";

const native = (...paths: string[]) => ({ nativeBuildInputs: [...paths, hook].join(" ") });
const line = (...args: Parameters<typeof missOf>) => formatMiss(missOf(...args)!);

describe("formatMiss", () => {
  const text = (name: string, before: string, after: string) => line({ [name]: after }, { [name]: before });

  it("returns one line with the first difference and the number of others", () => {
    expect(line({ configureFlags: "--enable-nls --with-ssl", preConfigure: "x", postInstall: "y" })).toBe(
      "miss at configurePhase: configureFlags changed: --disable-nls → --enable-nls (and 2 more)",
    );
  });

  it.each([
    ["--a --b", "--a --b --c", "+--c"],
    ["--a --b", "--a", "---b"],
    ["--a --b", "--c --d", "+--c +--d ---a ---b"],
    ["--a", "--b", "--a → --b"],
    ["--a --a", "--a", "---a"],
    ["--a --b", "--b --a", "--a --b → --b --a"],
    ["", "--a", "+--a"],
    ["-O2", "", "--O2"],
    ["V=1", "V=0", "V=1 → V=0"],
    ["1", "", "1 → (empty)"],
  ])("shows added and removed words: %j to %j", (before, after, expected) => {
    expect(text("makeFlags", before, after)).toBe(`miss at buildPhase: makeFlags changed: ${expected}`);
  });

  it("shows only the differing part of a script", () => {
    const script = (mode: string) => `mkdir -p $out/bin\ninstall -m ${mode} hello $out/bin\necho done\n`;
    expect(text("postInstall", script("755"), script("700"))).toBe(
      "miss at installPhase: postInstall changed: …install -m 755 hello $out/… → …install -m 700 hello $out/…",
    );
  });

  it("shows no values when the previews of long values are equal", () => {
    const long = (middle: string) => `${"x".repeat(300)}${middle}${"y".repeat(300)}`;
    expect(text("postInstall", long("a"), long("b"))).toBe("miss at installPhase: postInstall changed");
    expect(text("postInstall", "a\n".repeat(1000), "b\n".repeat(1000)).length).toBeLessThan(260);
  });

  it("shows what distinguishes two store paths", () => {
    const source = (letter: string, name: string) => storePath(letter, name);
    expect(text("src", source("1", "x-1.tar.gz"), source("2", "x-2.tar.gz"))).toBe(
      "miss at unpackPhase: src changed: x-1.tar.gz → x-2.tar.gz",
    );
    expect(text("stdenv", source("1", "stdenv-linux"), source("2", "stdenv-linux"))).toBe(
      "miss at unpackPhase: stdenv changed: 1111111…-stdenv-linux → 2222222…-stdenv-linux",
    );
    expect(text("setupHook", `${source("1", "x")}/a`, `${source("1", "x")}/b`)).toBe(
      `miss at fixupPhase: setupHook changed: ${source("1", "x")}/a → ${source("1", "x")}/b`,
    );
  });

  it("shows packages by name", () => {
    const openssl = (version: string) => storePath(version.at(-1)!, `openssl-${version}`);
    expect(line({ buildInputs: openssl("3.0.2") }, { buildInputs: openssl("3.0.1") })).toBe(
      "miss at unpackPhase: buildInputs: openssl-3.0.1 → openssl-3.0.2",
    );
    expect(line(native(cmake, ninja), native(cmake))).toBe(
      "miss at unpackPhase: nativeBuildInputs: +ninja-1.12.1",
    );
    expect(line(native(cmake), native(cmake, ninja))).toBe(
      "miss at unpackPhase: nativeBuildInputs: -ninja-1.12.1",
    );
    expect(line(native(ninja, cmake), native(cmake, ninja))).toBe(
      "miss at unpackPhase: nativeBuildInputs reordered: ninja cmake",
    );
  });

  it("shows added, removed and moved inputs", () => {
    expect(line({ dontStrip: "1" })).toBe("miss at fixupPhase: dontStrip added: 1");
    expect(line({}, { dontStrip: "" })).toBe("miss at fixupPhase: dontStrip removed: (empty)");
    const moved = line({ dontStrip: "1", phaseCacheFirstUse: "dontStrip=distPhase" }, { dontStrip: "1" });
    expect(moved).toBe("miss at fixupPhase: dontStrip is now first used in distPhase, not fixupPhase");
    expect(line({}, {}, { phases: [...standardPhases, "reportPhase"] })).toBe(
      "miss at reportPhase: phases added: reportPhase",
    );
  });

  it("shows only the phase when there are no differences", () => {
    expect(formatMiss({ phase: "buildPhase", differences: [] })).toBe("miss at buildPhase");
  });
});
