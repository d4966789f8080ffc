import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Harness } from "./harness/harness.ts";
import { phases } from "./harness/phases.ts";
import { restoredIn } from "./harness/script.ts";

/** Whether this user may mount a file system of a certain size. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "phasecache-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", place]).status === 0;
  if (mounted) execFileSync("umount", [place]);
  rmdirSync(place);
  return mounted;
}

/** A harness whose store is a file system of its own. */
class SmallStore implements Disposable {
  readonly harness = new Harness();

  constructor() {
    mkdirSync(this.harness.store, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "none", this.harness.store]);
  }

  /** @param size kibibytes; the kernel rounds up to pages of 4 */
  resize(size: number): void {
    execFileSync("mount", ["-o", `remount,size=${size}k`, this.harness.store]);
  }

  [Symbol.dispose](): void {
    execFileSync("umount", [this.harness.store]);
    this.harness[Symbol.dispose]();
  }
}

const mountable = canMount();

describe.skipIf(!mountable)(
  "a store on a full file system (skipped where this user may not mount one)",
  () => {
    it("costs snapshots, not builds, at every size; with room again, all is saved", async () => {
      using small = new SmallStore();
      const { harness } = small;
      const sizes = Array.from({ length: 24 }, (_, i) => 8 * (i + 1));
      let refused = 0;
      for (const size of sizes) {
        small.resize(size);
        const { said } = await harness.build(0);
        if (/ENOSPC/.test(said)) refused++;
        expect(said, `${size} KiB`).toMatch(
          /ENOSPC|saved installPhase|restored demo-1.0 through installPhase/,
        );
        expect(harness.problems(), `${size} KiB`).toEqual([]);
      }
      console.log(`full file systems: ${sizes.length} sizes, ${refused} of them too small`);
      expect(refused).toBeGreaterThan(2);
      small.resize(4096);
      await harness.build(0);
      const { script } = await harness.build(0);
      expect(restoredIn(script)).toBe(phases.length);
    });
  },
);
