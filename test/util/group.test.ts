import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { groupBy } from "../../runtime/util/group.ts";
import { version } from "../../runtime/util/version.ts";

it("groups items in the order in which they first occur", () => {
  expect([...groupBy([3, 1, 4, 1, 5, 9, 2, 6], (n) => n % 3)]).toEqual([
    [0, [3, 9, 6]],
    [1, [1, 4, 1]],
    [2, [5, 2]],
  ]);
  expect(groupBy([], String)).toEqual(new Map());
});

it("the version equals the one in package.json", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8");
  expect(version).toBe((JSON.parse(text) as { version: string }).version);
});
