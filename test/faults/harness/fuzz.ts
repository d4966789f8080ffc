import fc from "fast-check";
import { expect } from "vitest";
import { PhaseCacheError } from "../../../runtime/util/error.ts";

/** How many times as many inputs: the nightly mode has more than a million in all. */
const factor = process.env.PHASECACHE_NIGHTLY ? 100 : 1;

/** A run is repeated with the seed that it has printed. */
const seed = Number(process.env.PHASECACHE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** More than any input asks for, in bytes. */
const mostMemory = 512 << 20;

/**
 * Tries `check` on inputs; it says whether the input was accepted, and throws when something is wrong. Neither all inputs
 * nor none may be accepted: such inputs would test little.
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

/** What `read` gives; null when it refuses, as it may. Any other error is a crash. */
export function orRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof PhaseCacheError) return null;
    throw error;
  }
}

/** Bytes with some of them changed, removed or added. */
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
