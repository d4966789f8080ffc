import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { asSources } from "./sources/debian.ts";
import { example, zstdSources } from "./sources.ts";

test("converts both formats of apt's lists to lists of source packages", () => {
  const oneLine =
    "# mirror\ndeb [signed-by=/k.gpg] http://mirror/debian stable main\ndeb-src http://mirror/debian stable main\n";
  expect(asSources("a.list", oneLine)).toBe(
    "# mirror\ndeb-src [signed-by=/k.gpg] http://mirror/debian stable main\ndeb-src http://mirror/debian stable main\n",
  );
  const stanzas =
    "Types: deb\nURIs: http://mirror/debian\nSuites: stable\n\nTypes: deb deb-src\nURIs: http://other\n";
  expect(asSources("a.sources", stanzas)).toBe(
    "Types: deb-src\nURIs: http://mirror/debian\nSuites: stable\n\nTypes: deb-src\nURIs: http://other\n",
  );
});

test("zstd's sources need no network and are created once", () => {
  const folder = zstdSources();
  expect(basename(folder)).toBe("zstd-1.5.7");
  expect(existsSync(join(folder, "lib/compress/zstd_compress.c"))).toBe(true);
  expect(readFileSync(join(folder, "lib/Makefile"), "utf8")).toContain("libzstd.a:");
  expect(zstdSources()).toBe(folder);
});

test("the folder's name has the version of the sources", () => {
  const header = readFileSync(join(zstdSources(), "lib/zstd.h"), "utf8");
  const parts = ["MAJOR", "MINOR", "RELEASE"].map(
    (part) => new RegExp(`ZSTD_VERSION_${part} +(\\d+)`).exec(header)![1],
  );
  expect(basename(zstdSources())).toBe(`zstd-${parts.join(".")}`);
});

test("only zstd is built from other sources than those in its file", () => {
  expect(example("zstd")).toContain(zstdSources());
  expect(example("hello")).not.toContain("src");
});
