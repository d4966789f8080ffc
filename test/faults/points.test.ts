import { describe, expect, it } from "vitest";
import { injectionPointsIn, outcomeOf } from "./harness/points.ts";

const own = 'openat(AT_FDCWD</>, "/tmp/phasecache-a/x", O_WRONLY|O_CREAT, 0660) = 5</tmp/phasecache-a/x>';
const next = 'openat(AT_FDCWD</>, "/tmp/phasecache-a/y", O_WRONLY|O_CREAT, 0660) = 5</tmp/phasecache-a/y>';
const internal =
  'openat(AT_FDCWD</>, "/proc/sys/vm/overcommit_memory", O_RDONLY) = 5</proc/sys/vm/overcommit_memory>';
const ended = "+++ exited with 0 +++";
const failed = (line: string) => line.replace(/= \d+<.*/, "= -1 ENOSPC (No space left on device) (INJECTED)");
const log = (...lines: string[]) => lines.join("\n");

describe("injection points", () => {
  const [first, second] = injectionPointsIn(log(internal, own, internal, next, ended), ["ENOSPC"]);

  it("counts the calls into which a fault can be injected, without Node's internal ones", () => {
    expect(first).toEqual({
      kind: "ENOSPC",
      call: { name: "openat", rank: 1 },
      aim: { name: "openat", nth: 2 },
    });
    expect(second).toMatchObject({ call: { rank: 2 }, aim: { nth: 4 } });
    expect(outcomeOf(log(internal, failed(own), ended), first!)).toEqual({ injected: true });
    expect(outcomeOf(log(own, internal, internal, failed(next), ended), second!)).toEqual({ injected: true });
  });

  it("corrects the position after a run with fewer or more internal calls of Node", () => {
    const elsewhere = { injected: false, reason: "elsewhere" };
    const at = (nth: number) => ({ ...elsewhere, aim: { name: "openat", nth } });
    expect(outcomeOf(log(own, next, ended), second!)).toEqual(at(2));
    expect(outcomeOf(log(internal, internal, internal, failed(internal), own, next, ended), second!)).toEqual(
      at(6),
    );
    expect(outcomeOf(log(failed(own), ended), second!)).toEqual(at(2));
    expect(outcomeOf(log(internal, internal, own, failed(internal), ended), second!)).toEqual(at(5));
  });

  it("recognises a crash by the last call, and a call that no longer occurs", () => {
    const crash = { ...first!, kind: "SIGKILL" } as const;
    expect(outcomeOf(log(internal, own, "+++ killed by SIGKILL +++"), crash)).toEqual({ injected: true });
    expect(outcomeOf(log(internal, "+++ killed by SIGKILL +++"), crash)).toMatchObject({
      reason: "elsewhere",
    });
    expect(outcomeOf(log(internal, own, internal, ended), second!)).toEqual({
      injected: false,
      reason: "absent",
      aim: second!.aim,
    });
  });
});
