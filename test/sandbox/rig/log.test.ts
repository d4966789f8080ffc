import { expect, test } from "vitest";
import { parseLog } from "./log.ts";

const drv = "/nix/store/00000000000000000000000000000000-x.drv";

function stderr(...events: (object | string)[]): string {
  return events
    .map((event) => (typeof event === "string" ? event : `@nix ${JSON.stringify(event)}`))
    .join("\n");
}

test("keeps the order of messages, build log and other lines", () => {
  const log = parseLog(
    stderr(
      { action: "start", id: 7, type: 105, fields: [drv, "", 1, 1] },
      { action: "result", id: 7, type: 101, fields: ["compiling"] },
      { action: "msg", level: 1, msg: "\u001b[35;1mphasecache: saved\u001b[0m" },
      "warning: from outside",
      { action: "msg", level: 0, msg: "error: failed" },
    ),
    drv,
  );
  expect(log.text).toBe("compiling\nphasecache: saved\nwarning: from outside\nerror: failed");
  expect(log.messages).toEqual(["saved"]);
});

test("does not treat a printed line as a message", () => {
  const log = parseLog(stderr({ action: "result", id: 7, type: 101, fields: ["phasecache: printed"] }), drv);
  expect(log.messages).toEqual([]);
});

test("lists the phases of the derivation, not of its dependencies", () => {
  const log = parseLog(
    stderr(
      { action: "start", id: 6, type: 105, fields: ["/nix/store/other.drv"] },
      { action: "start", id: 7, type: 105, fields: [drv] },
      { action: "start", id: 8, type: 100, fields: [drv] },
      { action: "result", id: 6, type: 104, fields: ["otherPhase"] },
      { action: "result", id: 7, type: 104, fields: ["buildPhase"] },
      { action: "result", id: 7, type: 105, fields: [1, 2, 3, 4] },
      { action: "result", id: 8, type: 104, fields: ["thirdPhase"] },
    ),
    drv,
  );
  expect(log.phases).toEqual(["buildPhase"]);
});
