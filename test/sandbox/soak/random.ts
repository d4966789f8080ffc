/** Numbers that look random and follow from a seed (mulberry32, Tommy Ettinger, public domain). */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  /** True in `percent` of the cases. */
  chance(percent: number): boolean;
}

/** The same seed gives the same numbers. */
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
