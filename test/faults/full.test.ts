import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Harness } from "./harness/harness.ts";
import { phases } from "./harness/phases.ts";
import { restoredIn } from "./harness/script.ts";

/** Whether this user may mount a tmpfs of a given size. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "phasecache-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", place]).status === 0;
  if (mounted) execFileSync("umount", [place]);
  rmdirSync(place);
  return mounted;
}

/** A harness whose store is on its own small file system. */
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
  "a store on a full file system (skipped when this user may not mount one)",
  () => {
    it("loses snapshots but fails no build, at every size; with free space again, everything is saved", async () => {
      using small = new SmallStore();
      const { harness } = small;
      const sizes = Array.from({ length: 24 }, (_, i) => 8 * (i + 1));
      let tooSmall = 0;
      for (const size of sizes) {
        small.resize(size);
        const { messages } = await harness.build(0);
        if (/ENOSPC/.test(messages)) tooSmall++;
        expect(messages, `${size} KiB`).toMatch(
          /ENOSPC|saved installPhase|restored demo-1.0 through installPhase/,
        );
        expect(harness.problems(), `${size} KiB`).toEqual([]);
      }
      console.log(`full file systems: ${sizes.length} sizes, ${tooSmall} of them too small`);
      expect(tooSmall).toBeGreaterThan(2);
      small.resize(4096);
      await harness.build(0);
      const { script } = await harness.build(0);
      expect(restoredIn(script)).toBe(phases.length);
    });
  },
);
