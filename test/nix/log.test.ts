import { expect, it } from "vitest";
import { parseLogLine } from "../../runtime/nix/log.ts";

const event = (fields: object) => parseLogLine(`@nix ${JSON.stringify(fields)}`);

it("parses events", () => {
  expect(event({ action: "msg", level: 1, msg: "words", raw_msg: "w" })).toEqual({
    action: "msg",
    level: 1,
    msg: "words",
  });
  const start = { action: "start", id: 7, type: 105, text: "building", fields: ["/nix/store/x.drv"] };
  expect(event({ ...start, parent: 0, level: 3 })).toEqual(start);
  expect(event({ action: "start", id: 7, type: 0 })).toEqual({ ...start, type: 0, text: "", fields: [] });
  expect(event({ action: "result", id: 7, type: 101, fields: ["line"] })).toMatchObject({ type: 101 });
  expect(event({ action: "stop", id: 7 })).toEqual({ action: "stop", id: 7 });
});

it.each(["warning: words", "@nix", "@nix {", '@nix {"action":"other","id":1}', '@nix {"action":"stop"}'])(
  "returns null for %j",
  (line) => {
    expect(parseLogLine(line)).toBeNull();
  },
);
