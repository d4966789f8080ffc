import { expect, it } from "vitest";
import type { NewHeader, SnapshotHeader } from "../../../runtime/store/records/header.ts";
import { resolveAll, resolveId } from "../../../runtime/store/records/resolve.ts";
import { PhaseCacheError } from "../../../runtime/util/error.ts";
import { makeRecord } from "../example.ts";

function header(id: string, fields: Partial<NewHeader> = {}): SnapshotHeader {
  return { ...makeRecord({ created: 1000, ...fields }).header, id };
}

const headers = [
  header("abc000000000", { phaseIndex: 1 }),
  header("abd000000000", { created: 3000, phaseIndex: 2 }),
  header("bc0000000000", { created: 2000, phaseIndex: 1 }),
  header("0c0000000000", { package: "bc", phase: "odd\x1b[31m" }),
  header("0d0000000000", { package: "helium" }),
];

function failure(text: string, among: readonly SnapshotHeader[] = headers): PhaseCacheError {
  try {
    resolveId(among, text);
  } catch (error) {
    if (error instanceof PhaseCacheError) return error;
    throw error;
  }
  throw new Error(`${text} was found`);
}

it.each([
  ["abc000000000", "abc000000000"],
  ["abc", "abc000000000"],
  ["abd0", "abd000000000"],
  ["0d", "0d0000000000"],
  ["hello", "abd000000000"],
  ["hello/configurePhase", "bc0000000000"],
  ["bc", "0c0000000000"],
  ["bc0", "bc0000000000"],
  ["bc/odd\x1b[31m", "0c0000000000"],
])("resolves %j to %s", (text, id) => {
  expect(resolveId(headers, text).id).toBe(id);
});

it("resolves to the deepest of several snapshots with the same time", () => {
  const [shallow, deep] = [
    header("1".repeat(12), { phaseIndex: 0 }),
    header("2".repeat(12), { phaseIndex: 3 }),
  ];
  expect(resolveId([shallow, deep], "hello")).toBe(deep);
  expect(resolveId([deep, shallow], "hello")).toBe(deep);
});

it("finds failed snapshots only by their ids", () => {
  const failed = header("fa1000000000", {
    created: 9000,
    phaseIndex: 3,
    failed: true,
    phase: "installPhase",
  });
  const among = [...headers, failed];
  expect(resolveId(among, "hello").id).toBe("abd000000000");
  expect(resolveId(among, "fa1")).toBe(failed);
  const finished = header("ab0000000000", { created: 500, phaseIndex: 3, phase: "installPhase" });
  expect(resolveId([...among, finished], "hello/installPhase")).toBe(finished);
  for (const [text, all] of [
    ["hello/installPhase", among],
    ["hello", [failed]],
  ] as const) {
    const { code, message, hint } = failure(text, all);
    expect({ code, message }).toEqual({
      code: "not-found",
      message: `${text} has only failed snapshots; the newest is fa1000000000, of installPhase`,
    });
    expect(hint).toBe("name it by its ID, fa1000000000, or open it with `phasecache shell --failed hello`");
  }
});

it("lists the matches of an ambiguous prefix", () => {
  const error = failure("ab");
  expect(error.code).toBe("usage");
  expect(error.hint).toBe("abc000000000 hello/configurePhase\nabd000000000 hello/buildPhase");
});

it("lists the first ten matches and counts the others", () => {
  const many = Array.from({ length: 13 }, (_, i) => header(`f${i.toString(16).padStart(11, "0")}`));
  expect(failure("f", many).message).toBe("f matches 13 ids");
  expect(failure("f", many).hint?.split("\n")).toHaveLength(11);
  expect(failure("f", many).hint).toMatch(/\nand 3 more$/);
});

it.each([
  ["helo", "did you mean hello?"],
  ["hel", "did you mean helium or hello?"],
  ["helo/buildPhase", "did you mean hello?"],
  ["firefox", "see `phasecache ls`"],
])("suggests alternatives to %s", (text, hint) => {
  expect(failure(text)).toMatchObject({ code: "not-found", hint });
});

it("lists the phases that have snapshots", () => {
  expect(failure("hello/checkPhase")).toMatchObject({
    code: "not-found",
    message: "there is no snapshot of hello after checkPhase",
    hint: "there are snapshots after configurePhase, buildPhase",
  });
});

it("escapes names in messages", () => {
  expect(failure("\x1b[31m").message).toContain("\\x1b[31m");
  expect(failure("bc/x").hint).toContain("odd\\x1b[31m");
});

it("quotes an empty name", () => {
  expect(failure("").message).toBe('there is no snapshot or package ""');
});

it("includes failed snapshots when it resolves a name to all its snapshots", () => {
  const failed = header("fa1000000000", { phaseIndex: 3, failed: true, phase: "installPhase" });
  const among = [...headers, failed];
  const all = (text: string) => resolveAll(among, text).map(({ id }) => id);
  expect(all("hello")).toEqual(["abc000000000", "abd000000000", "bc0000000000", "fa1000000000"]);
  expect(all("hello/installPhase")).toEqual(["fa1000000000"]);
  expect(all("fa1")).toEqual(["fa1000000000"]);
});
