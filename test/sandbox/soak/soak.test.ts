/**
 * A package is edited at random, again and again, and each version built with the store: it has to equal a clean build of
 * the same derivation, whatever of it was restored. Now and then a build is killed.
 *
 *   PHASECACHE_SOAK=300 npx vitest run --project sandbox test/sandbox/soak
 *
 * makes 300 edits instead of a few. PHASECACHE_SEED, which is printed, decides the edits; unless it is set, it is fixed.
 */
import { expect, it } from "vitest";
import { restoredThrough } from "../rig/log.ts";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { carryOut, type Kill, randomKill } from "./kill.ts";
import { commonPhase, edited, expression, firstVersion, phases, shown, type Version } from "./package.ts";
import { type Random, seeded } from "./random.ts";

const edits = Number(process.env.PHASECACHE_SOAK ?? 20);
const seed = Number(process.env.PHASECACHE_SEED ?? 1);

/** How many builds of a soak came to what. */
const counts = { edits: 0, equal: 0, failed: 0, restored: 0, needless: 0, killed: 0, survived: 0, hung: 0 };

/** One soak: the versions that were built, and their clean outputs. */
class Soak {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #clean = new Map<string, Record<string, string> | null>();
  /** Those whose every phase was saved. */
  readonly #built: Version[] = [];
  readonly #needless: string[] = [];

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  get needless(): readonly string[] {
    return this.#needless;
  }

  /** Builds a version with the store, and compares it. */
  async check(version: Version, kill?: Kill): Promise<void> {
    let killing: Promise<boolean> | undefined;
    const result = await this.#rig.build(expression(version), {
      ...(kill && {
        watch: (running) => {
          killing = carryOut(kill, running);
        },
      }),
    });
    const killed = (await killing) ?? false;
    if (killed) counts.killed++;
    const where = `${shown(version)}${killed ? `, ${JSON.stringify(kill)}` : ""}\n${result.log}`;
    if (killed && kill?.target === "nix" && !result.ok) return;
    // What becomes of the runtime is no reason for a build to fail.
    const clean = await this.#cleanOutputs(version);
    expect(result.ok, where).toBe(clean !== null);
    expect(compareOutputs(result.outPaths, clean ?? {}), where).toEqual([]);
    counts[clean === null ? "failed" : "equal"]++;
    if (killed) {
      counts.survived++;
      return;
    }
    this.#compareDepth(version, result.messages);
    this.#built.push(version);
  }

  /** Builds a version of which a phase hangs until Nix loses its patience. */
  async hang(version: Version): Promise<void> {
    const phase = this.#random.pick(["Patch", "Configure", "Build", "Install", "Fixup"]);
    const result = await this.#rig.build(expression(version, phase), {
      settings: { "max-silent-time": "2" },
    });
    // What makes it hang decides no key: a build that restored that phase comes to its end.
    if (!result.ok) counts.hung++;
    else
      expect(compareOutputs(result.outPaths, (await this.#cleanOutputs(version)) ?? {}), result.log).toEqual(
        [],
      );
  }

  /** What a clean build of a version gives; null when it fails, as some edits make it. */
  async #cleanOutputs(version: Version): Promise<Record<string, string> | null> {
    const known = this.#clean.get(shown(version));
    if (known !== undefined) return known;
    const { ok, outPaths } = await this.#rig.build(expression(version), { store: false });
    this.#clean.set(shown(version), ok ? outPaths : null);
    return ok ? outPaths : null;
  }

  /** A build is restored at least as deep as builds before it, that came to their end, have made possible. */
  #compareDepth(version: Version, messages: readonly string[]): void {
    const through = restoredThrough(messages);
    if (through !== null) counts.restored++;
    const depth = (phases as readonly (string | null)[]).indexOf(through);
    const expected = Math.max(-1, ...this.#built.map((other) => commonPhase(version, other)));
    if (depth >= expected) return;
    counts.needless++;
    const miss = messages.filter((line) => !line.startsWith("saved")).join("; ");
    this.#needless.push(`${shown(version)}: ${through}, expected ${phases[expected]}: ${miss}`);
  }
}

it(`${edits} random edits, some builds killed: every result equals a clean build`, async () => {
  await using rig = await createRig();
  const random = seeded(seed);
  const soak = new Soak(rig, random);
  const versions: Version[] = [firstVersion];
  await soak.check(firstVersion);
  for (let edit = 0; edit < edits; edit++) {
    // Sometimes back to an earlier version.
    const version = random.chance(15) ? random.pick(versions) : edited(versions.at(-1)!, random);
    versions.push(version);
    const fate = random.below(100);
    if (fate < 5) await soak.hang(version);
    const killed = fate >= 5 && fate < 35;
    if (killed) await soak.check(version, randomKill(random));
    // After a build that was killed the same one.
    if (!killed || random.chance(50)) await soak.check(version);
    counts.edits++;
  }
  console.log(`soak: PHASECACHE_SEED=${seed} ${JSON.stringify(counts)}`);
  for (const line of soak.needless) console.log(`restored less deep: ${line}`);
  expect(soak.needless).toEqual([]);
}, 3_600_000);
