import { type ByteString, toBytes } from "../util/bytes.ts";

const mask = 0xffff_ffff_ffff_ffffn;

/**
 * Hashes a command as in `.ninja_log` versions 5 and 6: MurmurHash64A (A. Appleby, MurmurHash2, 64 bits) with the seed of
 * ninja's build_log.cc. Returns the log's form: hexadecimal without leading zeros.
 */
export function murmurHash(text: ByteString): string {
  const bytes = toBytes(text);
  const multiplier = 0xc6a4a7935bd1e995n;
  const mix = (value: bigint) => ((value ^ (value >> 47n)) * multiplier) & mask;
  let hash = 0xdecafbaddecafbadn ^ ((BigInt(bytes.length) * multiplier) & mask);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    const word = mix((bytes.readBigUInt64LE(at) * multiplier) & mask);
    hash = ((hash ^ word) * multiplier) & mask;
  }
  if (whole < bytes.length) {
    let rest = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8n) | BigInt(bytes[at]!);
    hash = ((hash ^ rest) * multiplier) & mask;
  }
  hash = mix(hash);
  return (hash ^ (hash >> 47n)).toString(16);
}

const secret = [0x2d358dccaa6c78a5n, 0x8bb84b93962eacc9n, 0x4b33a62ed433d4a3n] as const;

/** Returns the exclusive or of the two halves of the 128-bit product (rapid_mix in the reference implementation). */
function rapidMix(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & mask) ^ (product >> 64n);
}

/**
 * Hashes a command as in `.ninja_log` version 7: rapidhash (N. De Carli, 2024, first version) with its default seed and
 * secrets. Returns the log's form: hexadecimal without leading zeros.
 */
export function rapidHash(text: ByteString): string {
  const bytes = toBytes(text);
  const length = BigInt(bytes.length);
  const start = 0xbdd89aa982704029n;
  let seed = start ^ rapidMix(start ^ secret[0], secret[1]) ^ length;
  let ends: [bigint, bigint];
  if (bytes.length <= 16) {
    ends = shortEnds(bytes);
  } else {
    seed = absorb(bytes, seed);
    ends = [bytes.readBigUInt64LE(bytes.length - 16), bytes.readBigUInt64LE(bytes.length - 8)];
  }
  const product = (ends[0] ^ secret[1]) * (ends[1] ^ seed);
  return rapidMix((product & mask) ^ secret[0] ^ length, (product >> 64n) ^ secret[1]).toString(16);
}

/** Returns the two final words of a text of at most 16 bytes. */
function shortEnds(bytes: Buffer): [bigint, bigint] {
  const { length } = bytes;
  if (length === 0) return [0n, 0n];
  if (length < 4) {
    const [first, middle, last] = [bytes[0]!, bytes[length >> 1]!, bytes[length - 1]!];
    return [(BigInt(first) << 56n) | (BigInt(middle) << 32n) | BigInt(last), 0n];
  }
  const half = (at: number) => BigInt(bytes.readUInt32LE(at));
  const step = (length & 24) >> (length >> 3);
  return [(half(0) << 32n) | half(length - 4), (half(step) << 32n) | half(length - 4 - step)];
}

/** Mixes a text of more than 16 bytes into the seed, except for the last 16 bytes, which the caller mixes. */
function absorb(bytes: Buffer, initial: bigint): bigint {
  const word = (at: number) => bytes.readBigUInt64LE(at);
  let seeds = [initial, initial, initial];
  let at = 0;
  while (bytes.length > 48 && bytes.length - at >= 48) {
    const block = at;
    seeds = seeds.map((value, i) =>
      rapidMix(word(block + 16 * i) ^ secret[i]!, word(block + 16 * i + 8) ^ value),
    );
    at += 48;
  }
  let seed = at === 0 ? initial : seeds[0]! ^ seeds[1]! ^ seeds[2]!;
  const left = bytes.length - at;
  if (left > 16) seed = rapidMix(word(at) ^ secret[2], word(at + 8) ^ seed ^ secret[1]);
  if (left > 32) seed = rapidMix(word(at + 16) ^ secret[2], word(at + 24) ^ seed);
  return seed;
}
