import { describe, expect, it } from "vitest";
import { injectionPointsIn, outcomeOf } from "./harness/points.ts";

const own = 'openat(AT_FDCWD</>, "/tmp/phasecache-a/x", O_WRONLY|O_CREAT, 0660) = 5</tmp/phasecache-a/x>';
const next = 'openat(AT_FDCWD</>, "/tmp/phasecache-a/y", O_WRONLY|O_CREAT, 0660) = 5</tmp/phasecache-a/y>';
const nodes =
  'openat(AT_FDCWD</>, "/proc/sys/vm/overcommit_memory", O_RDONLY) = 5</proc/sys/vm/overcommit_memory>';
const ended = "+++ exited with 0 +++";
const failed = (line: string) => line.replace(/= \d+<.*/, "= -1 ENOSPC (No space left on device) (INJECTED)");
const log = (...lines: string[]) => lines.join("\n");

describe("where a fault has struck", () => {
  const [first, second] = injectionPointsIn(log(nodes, own, nodes, next, ended), ["ENOSPC"]);

  it("counts the calls that a fault can strike, and not Node's own", () => {
    expect(first).toEqual({
      kind: "ENOSPC",
      call: { name: "openat", rank: 1 },
      aim: { name: "openat", nth: 2 },
    });
    expect(second).toMatchObject({ call: { rank: 2 }, aim: { nth: 4 } });
    expect(outcomeOf(log(nodes, failed(own), ended), first!)).toEqual({ injected: true });
    expect(outcomeOf(log(own, nodes, nodes, failed(next), ended), second!)).toEqual({ injected: true });
  });

  it("aims where the call stood in a run that had fewer of Node's, or more", () => {
    const elsewhere = { injected: false, reason: "elsewhere" };
    const at = (nth: number) => ({ ...elsewhere, aim: { name: "openat", nth } });
    expect(outcomeOf(log(own, next, ended), second!)).toEqual(at(2));
    expect(outcomeOf(log(nodes, nodes, nodes, failed(nodes), own, next, ended), second!)).toEqual(at(6));
    expect(outcomeOf(log(failed(own), ended), second!)).toEqual(at(2));
    expect(outcomeOf(log(nodes, nodes, own, failed(nodes), ended), second!)).toEqual(at(5));
  });

  it("knows a crash by the last call, and a call that is not there any more", () => {
    const crash = { ...first!, kind: "SIGKILL" } as const;
    expect(outcomeOf(log(nodes, own, "+++ killed by SIGKILL +++"), crash)).toEqual({ injected: true });
    expect(outcomeOf(log(nodes, "+++ killed by SIGKILL +++"), crash)).toMatchObject({ reason: "elsewhere" });
    expect(outcomeOf(log(nodes, own, nodes, ended), second!)).toEqual({
      injected: false,
      reason: "absent",
      aim: second!.aim,
    });
  });
});
