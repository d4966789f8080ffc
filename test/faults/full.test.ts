import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { phases } from "./phases.ts";
import { Workshop } from "./rig.ts";
import { restoredIn } from "./script.ts";

/** Whether this user may mount a file system of a certain size. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "phasecache-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", place]).status === 0;
  if (mounted) execFileSync("umount", [place]);
  rmdirSync(place);
  return mounted;
}

/** A workshop whose store is a file system of its own. */
class SmallWorkshop implements Disposable {
  readonly workshop = new Workshop();

  constructor() {
    mkdirSync(this.workshop.store, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "none", this.workshop.store]);
  }

  /** @param size kibibytes; the kernel rounds up to pages of 4 */
  resize(size: number): void {
    execFileSync("mount", ["-o", `remount,size=${size}k`, this.workshop.store]);
  }

  [Symbol.dispose](): void {
    execFileSync("umount", [this.workshop.store]);
    this.workshop[Symbol.dispose]();
  }
}

const mountable = canMount();

describe.skipIf(!mountable)(
  "a store on a full file system (skipped where this user may not mount one)",
  () => {
    it("costs snapshots, not builds, at every size; with room again, all is saved", async () => {
      using small = new SmallWorkshop();
      const { workshop } = small;
      const sizes = Array.from({ length: 24 }, (_, i) => 8 * (i + 1));
      let refused = 0;
      for (const size of sizes) {
        small.resize(size);
        const { said } = await workshop.build(0);
        if (/ENOSPC/.test(said)) refused++;
        expect(said, `${size} KiB`).toMatch(
          /ENOSPC|saved installPhase|restored demo-1.0 through installPhase/,
        );
        expect(workshop.problems(), `${size} KiB`).toEqual([]);
      }
      console.log(`full file systems: ${sizes.length} sizes, ${refused} of them too small`);
      expect(refused).toBeGreaterThan(2);
      small.resize(4096);
      await workshop.build(0);
      const { script } = await workshop.build(0);
      expect(restoredIn(script)).toBe(phases.length);
    });
  },
);
