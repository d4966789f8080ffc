import fc from "fast-check";
import { expect } from "vitest";
import { PhaseCacheError } from "../../../runtime/util/error.ts";

/** The factor for the number of inputs: in total, the nightly mode tries more than a million. */
const factor = process.env.PHASECACHE_NIGHTLY ? 100 : 1;

/** Each run prints its seed. Set PHASECACHE_SEED to repeat a run. */
const seed = Number(process.env.PHASECACHE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The limit of additional memory in bytes, which no input may exceed. */
const mostMemory = 512 << 20;

/**
 * Runs `check` on inputs. It returns whether the input was accepted, and throws when an expectation is not met. Some inputs
 * must be accepted and some rejected; otherwise they would test little.
 */
export function fuzz<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  count: number,
  check: (input: T) => boolean,
): void {
  let [tried, accepted] = [0, 0];
  const memory = process.memoryUsage().rss;
  const property = fc.property(inputs, (input) => {
    tried++;
    if (check(input)) accepted++;
  });
  try {
    fc.assert(property, { seed, numRuns: count * factor });
  } finally {
    console.log(`${name}: ${tried} inputs, ${accepted} accepted, PHASECACHE_SEED=${seed}`);
  }
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThan(tried);
  expect(process.memoryUsage().rss - memory).toBeLessThan(mostMemory);
}

/** Returns the result of `read`; null when it throws a PhaseCacheError. Throws any other error: it is a crash. */
export function orRejected<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof PhaseCacheError) return null;
    throw error;
  }
}

/** Bytes of which some are changed, removed or added. */
export function mutated(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    take: fc.constantFrom(0, 0, 1, 1, 2, 8),
    put: fc.uint8Array({ maxLength: 4 }),
  });
  return fc.tuple(bytes, fc.array(change, { maxLength: 3 })).map(([original, changes]) =>
    changes.reduce((now, { at, take, put }) => {
      const place = Math.floor(at * now.length);
      return Buffer.concat([now.subarray(0, place), put, now.subarray(place + take)]);
    }, Buffer.from(original)),
  );
}
