import { expect, it } from "vitest";
import { type Policy, removeStale, shrink } from "../../../runtime/store/gc/policy.ts";
import { type Candidate, createRemovalPlan } from "../../../runtime/store/gc/removal-plan.ts";
import type { BlobFile } from "../../../runtime/store/list-blobs.ts";
import type { NewHeader } from "../../../runtime/store/records/header.ts";
import { type Digest, sha256 } from "../../../runtime/util/hash.ts";
import { day, hour, keyOf, makeRecord, outputs } from "../example.ts";

const now = 1000 * day;

/** Creates a snapshot with one blob of 100 bytes for each letter of `layers`. */
function candidate(
  name: string,
  fields: Partial<NewHeader> & { layers?: never },
  layers: string,
  more: Partial<Candidate> = {},
): Candidate {
  const refs = [...layers].map((letter) => {
    const blob = { digest: sha256(letter), size: 100 };
    return { ...blob, plainSize: 100, entries: 1, index: blob, outputs };
  });
  const record = makeRecord({ key: keyOf(name), name, created: now - day, ...fields, layers: refs });
  const created = record.header.created;
  return { header: record.header, size: 10, lastUsed: created, inUse: false, broken: false, ...more };
}

function blobsOf(letters: string): Map<Digest, BlobFile> {
  const blobs = [...letters].map((letter) => ({
    digest: sha256(letter),
    size: 100,
    inode: 1,
    modified: 0,
    changed: 0,
  }));
  return new Map(blobs.map((blob) => [blob.digest, blob]));
}

/** Applies a policy. Returns the name, reason and freed bytes of each removal, in order. */
function removals(
  candidates: Candidate[],
  policy: Partial<Policy>,
  free = Number.MAX_SAFE_INTEGER,
): string[] {
  const letters = [...new Set(candidates.flatMap(({ header }) => header.layers.map(({ digest }) => digest)))];
  const blobs = blobsOf("abcdefgh");
  const plan = createRemovalPlan(candidates, blobs);
  removeStale(plan, { now, ...policy });
  shrink(plan, 100 * letters.length + 10 * candidates.length, free, { now, ...policy });
  expect(plan.freedBytes()).toBe(plan.removals.reduce((sum, { bytes }) => sum + bytes, 0));
  return plan.removals.map(({ header, reason, bytes }) => `${header.name} ${reason} ${bytes}`);
}

it("removes nothing without a reason", () => {
  expect(removals([candidate("one", {}, "a"), candidate("two", {}, "b")], {})).toEqual([]);
});

it("removes broken snapshots, even if in use, unless a save may be in progress", () => {
  const candidates = [
    candidate("old", { created: now - 2 * hour }, "a", { broken: true, inUse: true }),
    candidate("young", { created: now - 1000 }, "b", { broken: true }),
  ];
  expect(removals(candidates, {})).toEqual(["old broken 110"]);
});

it("removes failed snapshots after a week, or earlier if the age limit is lower", () => {
  const candidates = [
    candidate("old", { failed: true, created: now - 8 * day }, "a"),
    candidate("young", { failed: true, created: now - 6 * day }, "b"),
  ];
  expect(removals(candidates, { maxAge: 30 * day })).toEqual(["old failed 110"]);
  expect(removals(candidates, { maxAge: 5 * day })).toEqual(["old failed 110", "young failed 110"]);
});

it("removes older snapshots of the same key after a day without use", () => {
  const candidates = [
    candidate("same", { created: now - 3 * day }, "a"),
    candidate("same", { created: now - 2 * day }, "b", { lastUsed: now - hour }),
    candidate("same", { created: now - day }, "c"),
    candidate("same", { created: now - 5 * day, failed: true }, "d"),
  ];
  expect(removals(candidates, {})).toEqual(["same superseded 110"]);
});

it("keeps the newest keys of each package's phase", () => {
  const candidates = [1, 2, 3].flatMap((age) => [
    candidate(`hello ${age}`, { created: now - age * hour }, ""),
    candidate(`phase ${age}`, { created: now - age * hour, phaseIndex: 1 }, ""),
    candidate(`other ${age}`, { created: now - age * hour, package: "other" }, ""),
  ]);
  const olderThan = (count: number) =>
    candidates.map(({ header }) => header.name).filter((name) => Number(name.at(-1)) > count);
  const names = (policy: Partial<Policy>) => removals(candidates, policy).map((text) => text.slice(0, 7));
  expect(names({ keepLast: 2 }).sort()).toEqual(olderThan(2).sort());
  expect(names({ superseded: true }).sort()).toEqual(olderThan(1).sort());
  expect(removals(candidates, { keepLast: 2 })[0]).toBe("hello 3 keep-last 10");
  expect(removals(candidates, { superseded: true })[0]).toContain("superseded");
});

it("removes old unused snapshots, and counts only blobs that are not shared", () => {
  const candidates = [
    candidate("old", { created: now - 40 * day, phaseIndex: 2 }, "abc"),
    candidate("used", { created: now - 40 * day, phaseIndex: 3 }, "abd", { lastUsed: now - day }),
  ];
  expect(removals(candidates, { maxAge: 30 * day })).toEqual(["old age 110"]);
});

it("keeps snapshots whose layers a used snapshot contains", () => {
  const candidates = [
    candidate("below", { created: now - 40 * day, phaseIndex: 1 }, "a"),
    candidate("used", { created: now - 40 * day, phaseIndex: 2 }, "ab", { lastUsed: now - day }),
  ];
  expect(removals(candidates, { maxAge: 30 * day })).toEqual([]);
});

it("removes least recently used snapshots down to the limit", () => {
  const candidates = [4, 1, 3, 2].map((age, i) =>
    candidate(`${age}`, { created: now - age * day }, "abcd"[i]!),
  );
  expect(removals(candidates, { maxSize: 440 })).toEqual([]);
  expect(removals(candidates, { maxSize: 439 })).toEqual(["4 size 110"]);
  expect(removals(candidates, { maxSize: 220 })).toEqual(["4 size 110", "3 size 110"]);
  expect(removals(candidates, { maxSize: 439, downTo: 220 })).toEqual(["4 size 110", "3 size 110"]);
  expect(removals(candidates, { maxSize: 440, downTo: 220 })).toEqual([]);
});

it("removes a build's deepest snapshots first, since they contain the layers of the others", () => {
  const candidates = [0, 1, 2].map((phaseIndex) =>
    candidate(
      `${phaseIndex}`,
      { phaseIndex, created: now - day + phaseIndex },
      "abc".slice(0, phaseIndex + 1),
    ),
  );
  expect(removals(candidates, { maxSize: 300 })).toEqual(["2 size 110"]);
  expect(removals(candidates, { maxSize: 0 })).toEqual(["2 size 110", "1 size 110", "0 size 110"]);
});

it("keeps snapshots in use, whatever the limit", () => {
  const candidates = [
    candidate("in use", { created: now - 9 * day }, "a", { inUse: true }),
    candidate("not", { created: now - day }, "b"),
  ];
  expect(removals(candidates, { maxSize: 0, maxAge: hour, superseded: true })).toEqual(["not age 110"]);
});

it("frees space on the file system", () => {
  const candidates = [2, 1].map((age, i) => candidate(`${age}`, { created: now - age * day }, "ab"[i]!));
  expect(removals(candidates, { minFree: 1000 }, 1000)).toEqual([]);
  expect(removals(candidates, { minFree: 1000 }, 890)).toEqual(["2 free 110"]);
  expect(removals(candidates, { minFree: 1000 }, 889)).toEqual(["2 free 110", "1 free 110"]);
});
