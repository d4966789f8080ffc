import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { recordPath, type Store } from "../../runtime/store/layout.ts";
import type { SnapshotHeader } from "../../runtime/store/records/header.ts";
import { newestHeaders } from "../../runtime/store/records/list.ts";
import { writeSnapshot } from "../../runtime/store/snapshots.ts";
import { keyOf, makeRecord, makeStore } from "./example.ts";

/** Writes a snapshot whose record has the mtime `written`, in seconds since the epoch. */
function write(store: Store, name: string, created: number, written: number): SnapshotHeader {
  const record = makeRecord({ key: keyOf(name), name, created });
  writeSnapshot(store, record);
  utimesSync(recordPath(store, record.header), written, written);
  return record.header;
}

const names = (headers: Iterable<SnapshotHeader>) => [...headers].map(({ name }) => name);

it("sorts records by mtime, and those with similar mtimes by their headers", () => {
  const store = makeStore();
  write(store, "oldest", 1, 1000);
  write(store, "second", 3, 2000.5);
  write(store, "newest", 4, 2000);
  write(store, "third", 2, 2000.25);
  expect(names(newestHeaders(store, "hello", () => true))).toEqual(["newest", "second", "third", "oldest"]);
  expect(names(newestHeaders(store, "none", () => true))).toEqual([]);
});

it("reads only requested records, and skips unreadable ones", () => {
  const store = makeStore();
  const [old, bad, removed] = [
    write(store, "old", 1, 1000),
    write(store, "bad", 2, 2000),
    write(store, "removed", 3, 3000),
  ];
  write(store, "new", 4, 4000);
  writeFileSync(recordPath(store, bad), "damaged");
  const headers = newestHeaders(store, "hello", ({ key }) => key !== old.key);
  expect(headers.next().value?.name).toBe("new");
  rmSync(recordPath(store, removed));
  expect(names(headers)).toEqual([]);
});
