import fc from "fast-check";
import { expect, it } from "vitest";
import type { LayerEntry } from "../../runtime/layer/index/layer-index.ts";
import { findTimeShift, shiftTime } from "../../runtime/util/time-shift.ts";

const now = Date.UTC(2026, 0, 1);
const second = 1_000_000_000n;
const present = BigInt(now) * 1_000_000n;

function entries(times: readonly bigint[]): LayerEntry[] {
  const rest = { type: "f", mode: 0o644, size: 0, target: "", start: 0, end: 512 } as const;
  return times.map((time, i) => ({ path: `build/${i}`, mtime: String(time), ...rest }));
}

function shifted(times: readonly bigint[]): bigint[] {
  const shift = findTimeShift(entries(times), now);
  return shift === null ? [...times] : times.map((time) => shiftTime(shift, time));
}

it("shifts nothing when no time is in the future", () => {
  expect(findTimeShift(entries([0n, -5n, present]), now)).toBeNull();
  expect(findTimeShift([], now)).toBeNull();
});

it("shifts times from a clock that was ahead, and keeps those of the sources", () => {
  const old = present - 3650n * 86_400n * second;
  const [a, b, c] = shifted([old, present + 3600n * second, present + 3601n * second + 7n]);
  expect(a).toBe(old);
  expect(c! - b!).toBe(second + 7n);
  expect(c! <= present).toBe(true);
});

it("keeps a time that is decades ahead", () => {
  const far = present + 75n * 365n * 86_400n * second;
  expect(shifted([far, present + second * 9n])[0]).toBe(far);
  expect(findTimeShift(entries([far]), now)).toBeNull();
});

it("keeps the order of all times, and leaves none slightly in the future", () => {
  const time = fc
    .bigInt(-(10n ** 6n), 10n ** 6n)
    .map((seconds) => present + seconds * second + (seconds % 7n));
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), (times) => {
      const after = shifted(times);
      for (const [i, a] of times.entries()) {
        expect(after[i]! <= present + 2n * second).toBe(true);
        for (const [k, b] of times.entries()) {
          expect(Math.sign(Number(after[i]! - after[k]!))).toBe(Math.sign(Number(a - b)));
        }
      }
    }),
  );
});
