/** A pseudo-random number generator (mulberry32 by Tommy Ettinger, public domain). */
export interface Random {
  /** Returns an integer from 0 to `end - 1`. */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  /** Returns true with a probability of `percent`. */
  chance(percent: number): boolean;
}

/** Creates a generator. The same seed results in the same numbers. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
  return {
    below,
    pick: (list) => list[below(list.length)]!,
    chance: (percent) => below(100) < percent,
  };
}
