/**
 * Edits a package at random many times and builds each version with the store. Each result must equal a clean build of the
 * same derivation, however much of it was restored. Some builds are killed.
 *
 *   PHASECACHE_SOAK=300 npx vitest run --project sandbox test/sandbox/soak
 *
 * makes 300 edits instead of 20. PHASECACHE_SEED determines the edits; it is printed, and has a fixed default.
 */
import { expect, it } from "vitest";
import { phaseOf } from "../../../runtime/key/code/split.ts";
import { restoredThrough } from "../rig/log.ts";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { carryOut, type Kill, randomKill } from "./kill.ts";
import { commonPhase, edited, expression, firstVersion, phases, shown, type Version } from "./package.ts";
import { type Random, seeded } from "./random.ts";

const edits = Number(process.env.PHASECACHE_SOAK ?? 20);
const seed = Number(process.env.PHASECACHE_SEED ?? 1);

/** Counts of the outcomes of a soak test's builds. */
const counts = { edits: 0, equal: 0, failed: 0, restored: 0, shallow: 0, killed: 0, survived: 0, hung: 0 };

/** A soak test: the versions that were built, and their clean outputs. */
class Soak {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #clean = new Map<string, Record<string, string> | null>();
  /** The versions of which every phase was saved. */
  readonly #built: Version[] = [];
  readonly #shallow: string[] = [];

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  get shallow(): readonly string[] {
    return this.#shallow;
  }

  /** Builds a version with the store and compares it with a clean build. */
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
    // A killed runtime must not fail the build.
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

  /** Builds a version with a phase that hangs until Nix's max-silent-time ends it. */
  async hang(version: Version): Promise<void> {
    const phase = this.#random.pick(["Patch", "Configure", "Build", "Install", "Fixup"]);
    const result = await this.#rig.build(expression(version, phase), {
      settings: { "max-silent-time": "2" },
    });
    // `hang` is excluded from the keys: a build that restores that phase does not hang.
    if (!result.ok) counts.hung++;
    else
      expect(compareOutputs(result.outPaths, (await this.#cleanOutputs(version)) ?? {}), result.log).toEqual(
        [],
      );
  }

  /** The outputs of a clean build of a version; null when it fails, as some versions do. */
  async #cleanOutputs(version: Version): Promise<Record<string, string> | null> {
    const known = this.#clean.get(shown(version));
    if (known !== undefined) return known;
    const { ok, outPaths } = await this.#rig.build(expression(version), { store: false });
    this.#clean.set(shown(version), ok ? outPaths : null);
    return ok ? outPaths : null;
  }

  /** Records a build that was restored less deeply than the finished builds before it allow. */
  #compareDepth(version: Version, messages: readonly string[]): void {
    const through = restoredThrough(messages);
    if (through !== null) counts.restored++;
    const depth = (phases as readonly (string | null)[]).indexOf(through === null ? null : phaseOf(through));
    const expected = Math.max(-1, ...this.#built.map((other) => commonPhase(version, other)));
    if (depth >= expected) return;
    counts.shallow++;
    const miss = messages.filter((line) => !line.startsWith("saved")).join("; ");
    this.#shallow.push(`${shown(version)}: ${through}, expected ${phases[expected]}: ${miss}`);
  }
}

it(`${edits} random edits, some builds killed: every result equals a clean build`, async () => {
  await using rig = await createRig();
  const random = seeded(seed);
  const soak = new Soak(rig, random);
  const versions: Version[] = [firstVersion];
  await soak.check(firstVersion);
  for (let edit = 0; edit < edits; edit++) {
    // Sometimes returns to an earlier version.
    const version = random.chance(15) ? random.pick(versions) : edited(versions.at(-1)!, random);
    versions.push(version);
    const chance = random.below(100);
    if (chance < 5) await soak.hang(version);
    const killed = chance >= 5 && chance < 35;
    if (killed) await soak.check(version, randomKill(random));
    // Sometimes builds the same version again after a killed build.
    if (!killed || random.chance(50)) await soak.check(version);
    counts.edits++;
  }
  console.log(`soak: PHASECACHE_SEED=${seed} ${JSON.stringify(counts)}`);
  for (const line of soak.shallow) console.log(`restored less deeply: ${line}`);
  expect(soak.shallow).toEqual([]);
}, 3_600_000);
