import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { removeIn, withDirectory, writeIn } from "../../../runtime/store/fs/directory.ts";
import { sweep } from "../../../runtime/store/gc/sweep.ts";
import { day, makeFolder, makeStore } from "../example.ts";

it("removes old leftovers of crashes", () => {
  const store = makeStore();
  writeFileSync(join(store.tmp, "write-1"), "12345");
  mkdirSync(join(store.tmp, "session"));
  writeFileSync(join(store.tmp, "session/tree"), "123");
  expect(sweep(store, Date.now() + day / 2, false).temporaries).toEqual({ count: 0, bytes: 0 });
  expect(readdirSync(store.tmp)).toHaveLength(2);
  expect(sweep(store, Date.now() + 2 * day, true).temporaries).toEqual({ count: 2, bytes: 8 });
  expect(readdirSync(store.tmp)).toHaveLength(2);
  expect(sweep(store, Date.now() + 2 * day, false).temporaries).toEqual({ count: 2, bytes: 8 });
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("keeps quarantined files for a week, and event counts for a year", () => {
  const store = makeStore();
  writeFileSync(join(store.base, "quarantine/blob"), "123");
  writeFileSync(join(store.base, "stats/events/2020-01-01.jsonl"), "{}\n");
  const swept = (days: number) => {
    const { quarantined, events } = sweep(store, Date.now() + days * day, false);
    return [quarantined.count, events.count];
  };
  expect([swept(6), swept(8), swept(365), swept(367)]).toEqual([
    [0, 0],
    [1, 0],
    [0, 0],
    [0, 1],
  ]);
});

it("removes older formats, but no newer ones or other files", () => {
  const store = makeStore();
  for (const name of ["v0", "v2", "version", "v0.5"])
    mkdirSync(join(store.root, name, "deep/er"), { recursive: true });
  writeFileSync(join(store.root, "v0/file"), "123");
  expect(sweep(store, Date.now(), false).formats).toEqual({ count: 1, bytes: 3 });
  expect(readdirSync(store.root).sort()).toEqual(["CACHEDIR.TAG", "v0.5", "v1", "v2", "version"]);
});

it("removes files whose names are not UTF-8", () => {
  const store = makeStore();
  writeFileSync(Buffer.concat([Buffer.from(`${store.tmp}/`), Buffer.from([0xff, 0xfe])]), "123");
  expect(sweep(store, Date.now() + 2 * day, false).temporaries.count).toBe(1);
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("removes a directory that is too deep for absolute paths", () => {
  const store = makeStore();
  const name = "d".repeat(200);
  let inner = join(store.tmp, "inner");
  mkdirSync(inner);
  for (let depth = 0; depth < 40; depth++) {
    const outer = join(store.tmp, `outer-${depth}`);
    mkdirSync(outer);
    renameSync(inner, join(outer, name));
    inner = outer;
  }
  removeIn(store.tmp, "outer-39");
  expect(readdirSync(store.tmp)).toEqual([]);
});

it("removes symlinks, but not their targets", () => {
  const store = makeStore();
  const outside = makeFolder();
  mkdirSync(join(outside, "file"));
  mkdirSync(join(store.tmp, "a/b"), { recursive: true });
  symlinkSync(outside, join(store.tmp, "a/b/link"));
  symlinkSync(outside, join(store.tmp, "link"));
  for (const one of ["a", "link"]) removeIn(store.tmp, one);
  expect(readdirSync(store.tmp)).toEqual([]);
  expect(existsSync(join(outside, "file"))).toBe(true);
});

it("continues in an open folder even if it is replaced", () => {
  const store = makeStore();
  const outside = makeFolder();
  for (const folder of [store.tmp, outside]) writeFileSync(join(folder, "file"), "");
  withDirectory(store, ["tmp"], (folder) => {
    renameSync(store.tmp, join(store.base, "moved"));
    symlinkSync(outside, store.tmp);
    removeIn(folder, "file");
  });
  expect(readdirSync(join(store.base, "moved"))).toEqual([]);
  expect(readdirSync(outside)).toEqual(["file"]);
});

it("does not enter or write through symlinks", () => {
  const store = makeStore();
  const outside = makeFolder();
  symlinkSync(outside, join(store.base, "pins/link"));
  expect(withDirectory(store, ["pins", "link"], () => "entered")).toBeNull();
  expect(withDirectory(store, ["missing"], () => "entered")).toBeNull();
  expect(() => writeIn(store, ["pins", "link"], "x", Buffer.from("x"))).toThrow("is not a directory");
  expect(readdirSync(outside)).toEqual([]);
});
